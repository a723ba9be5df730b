import { expect, it } from 'vitest'
import { currentPatience, patiently } from '../../../electron/core/work/patience.ts'
import { reporter } from '../../../electron/core/work/work.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'

const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined }
const report = reporter(clock, 'make', 'Make it')
const WHY = { code: 'auth_expired', message: 'Nobody is logged in.', hint: 'Log in.', retryable: true } as const

const brief = ({ step, state, detail }: WorkEvent) => [step, state, detail ?? ''].join(' ').trim()

it('work that waits for a login says so while it waits, and that it goes on', async () => {
  const waits: (() => void)[] = []
  /** A call that finds nobody logged in. */
  const call = async () => {
    const goesOn = currentPatience()?.pause(WHY)
    await new Promise<void>(resolve => waits.push(resolve))
    goesOn?.()
  }
  async function* work() {
    yield report('running')
    await Promise.all([call(), call()])
    yield report('done')
    await call()
  }
  const seen: string[] = []
  for await (const event of patiently(work, { clock, signal: new AbortController().signal })) {
    seen.push(brief(event))
    if (event.step.startsWith('login') && event.state === 'running') {
      // All that wait are there when the event is taken.
      for (const goOn of waits.splice(0)) goOn()
    }
  }
  expect(seen).toEqual([
    'make running',
    'login-1 running Nobody is logged in. Log in.',
    'login-1 done it goes on',
    'make done',
    'login-2 running Nobody is logged in. Log in.',
    'login-2 done it goes on',
  ])
})

it('work that fails, or that is left, ends as it does without patience', async () => {
  let isLeft = false
  async function* fails() {
    yield report('running')
    throw new Error('broken')
  }
  async function* endless() {
    try {
      for (;;) yield report('running')
    } finally {
      isLeft = true
    }
  }
  const options = { clock, signal: new AbortController().signal }
  const taken: WorkEvent[] = []
  await expect(
    (async () => {
      for await (const event of patiently(fails, options)) taken.push(event)
    })(),
  ).rejects.toThrow('broken')
  expect(taken).toHaveLength(1)
  for await (const _ of patiently(endless, options)) break
  expect(isLeft).toBe(true)
})

it('what is asked outside of work has no patience', () => {
  expect(currentPatience()).toBeUndefined()
})
