import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shownPlans } from '../../../electron/core/provision/shown-plans.ts'
import type { Plan } from '../../../shared/features/provision.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { flip } from '../../fixture/damage-file.ts'
import { smallDisk } from '../../fixture/small-disk.ts'

const PLAN: Plan = {
  id: '0123456789ab',
  at: '2026-11-25T14:00:00.000Z',
  options: {},
  changes: [],
  costPerHour: { amount: 0, currency: 'USD', estimated: true },
}
const notFound = (error: unknown) => error instanceof ExpectedError && error.error.code === 'not_found'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-plans-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('the plans that were shown', () => {
  it('are there for the next program', () => {
    shownPlans(join(dir, 'plans'), careUnderTest().care).keep(PLAN)
    expect(shownPlans(join(dir, 'plans'), careUnderTest().care).find(PLAN.id)).toEqual(PLAN)
  })

  it('hold none that was damaged on disk: it is renamed, reported and not found', () => {
    const { care, notices } = careUnderTest()
    const plans = shownPlans(dir, care)
    plans.keep(PLAN)
    flip(join(dir, `${PLAN.id}.json`))
    expect(() => plans.find(PLAN.id)).toThrow(expect.toSatisfy(notFound))
    expect(notices).toMatchObject([{ kind: 'damage', detail: expect.stringContaining('a plan that was shown') }])
    expect(readdirSync(dir)).toHaveLength(1)
  })

  const disk = smallDisk(1)
  afterEach(() => disk?.free())
  it.skipIf(!disk)(
    'are not kept by a disk that is full, which is reported, and planning goes on (needs root to mount)',
    () => {
      const folder = join(disk?.path ?? '', 'plans')
      const { care, notices } = careUnderTest({ dir: disk?.path ?? '' })
      const plans = shownPlans(folder, care)
      disk?.fill()
      plans.keep(PLAN)
      expect(notices).toMatchObject([{ kind: 'disk' }])
      expect(() => plans.find(PLAN.id)).toThrow(expect.toSatisfy(notFound))
      expect(existsSync(join(folder, `${PLAN.id}.json`))).toBe(false)
      disk?.remove()
    },
  )
})
