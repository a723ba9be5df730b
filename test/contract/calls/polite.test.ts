import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CallsMade } from '../../../shared/features/calls.ts'
import { type Fault, withFaults } from '../../fixture/faults.ts'
import { all, applied, openCoreHere, SCOPE, type TestCore, value } from '../../fixture/open-core.ts'
import { waiting } from '../../fixture/waiting.ts'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let faulty: Awaited<ReturnType<typeof withFaults>>
let core: TestCore
let fault: Fault | undefined

beforeEach(async () => {
  fault = undefined
  pipeline = await openCoreHere()
  await all(applied(pipeline.core))
  faulty = await withFaults(pipeline.target.endpoint ?? '', action =>
    action === 'kinesis:DescribeStreamSummary' ? fault : undefined,
  )
  core = pipeline.another({ endpoint: faulty.endpoint })
})
afterEach(async () => {
  await core.close()
  await faulty.close()
  await pipeline.close()
})

async function calls(): Promise<CallsMade> {
  const end = new AbortController()
  for await (const result of core.calls.watch({ target: SCOPE.target }, end.signal)) {
    end.abort()
    return value(result)
  }
  throw new Error('Nothing was said of the calls')
}
const total = async () => (await calls()).rows.reduce((sum, row) => sum + row.calls, 0)

/** Follows the stream as a page does that is shown, until it is hidden. */
function shown() {
  const hidden = new AbortController()
  let seen = 0
  const followed = (async () => {
    for await (const result of core.stream.watch({ ...SCOPE, everyMs: 300 }, hidden.signal)) {
      if (!result.ok) return result.error.code
      seen++
    }
    return 'ended'
  })()
  return {
    seen: () => seen,
    async hide() {
      hidden.abort()
      return followed
    },
  }
}

describe('a page', () => {
  it('that is hidden makes no calls: what it followed ends in core, and nothing is asked any more', async () => {
    const page = shown()
    await vi.waitFor(() => expect(page.seen()).toBeGreaterThan(2), waiting)
    expect((await calls()).rows).toContainEqual(
      expect.objectContaining({ service: 'kinesis', by: 'watch', name: 'stream.watch' }),
    )
    await page.hide()
    const before = await total()
    // What is shown again asks at once: nothing else did meanwhile.
    const again = shown()
    await vi.waitFor(() => expect(again.seen()).toBe(1), waiting)
    await again.hide()
    const { rows } = await calls()
    expect(rows.every(({ by, name }) => by !== 'watch' || name === 'stream.watch')).toBe(true)
    // One look: the stream, its shards and its counters.
    expect((await total()) - before).toBeLessThanOrEqual(6)
  })

  it('whose poll is throttled asks less often, tells it on the page of calls, and goes on by itself', async () => {
    const page = shown()
    await vi.waitFor(() => expect(page.seen()).toBe(1), waiting)
    fault = 'throttled'
    const throttles = async () => (await calls()).rows.reduce((sum, row) => sum + row.throttled, 0)
    await vi.waitFor(async () => expect(await throttles()).toBeGreaterThan(1), waiting)
    fault = undefined
    const seen = page.seen()
    await vi.waitFor(() => expect(page.seen()).toBeGreaterThan(seen + 1), waiting)
    expect(await page.hide()).toMatch(/cancelled|ended/)
  })
})
