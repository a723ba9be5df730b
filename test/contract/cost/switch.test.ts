import { DescribeClusterCommand } from '@aws-sdk/client-emr'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCostFeature } from '../../../electron/core/cost/cost.ts'
import { BEAT_MS } from '../../../electron/core/cost/keep-switch.ts'
import { keepSwitches } from '../../../electron/core/cost/keep-switches.ts'
import { createSources } from '../../../electron/core/sources/sources.ts'
import type { SetLimit } from '../../../shared/limit.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { handMovedClock } from '../../fixture/hand-moved-clock.ts'
import { AS_PRODUCTION, all, applied, failure, openCoreHere, SCOPE, value } from '../../fixture/open-core.ts'
import { waiting } from '../../fixture/waiting.ts'

const HOUR = 3_600_000
let offsetMs: number
let pipeline: Awaited<ReturnType<typeof openCoreHere>>
const now = () => Date.now() + offsetMs
/** The wall clock of sandbox and core, which a test sets ahead; waits for clusters take their real time. */
const clock = {
  now,
  monotonic: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    }),
}

beforeEach(async () => {
  offsetMs = 0
  pipeline = await openCoreHere({ now, clock })
})
afterEach(() => pipeline.close())

const cost = async () => value(await pipeline.core.cost.read(SCOPE))
const limit = (set: SetLimit | null) => all(pipeline.core.provision.limit({ ...SCOPE, limit: set }))
const toDo = async () =>
  value(await pipeline.core.provision.plan(SCOPE)).changes.filter(({ action }) => action !== 'keep')
const setNow = (hours: SetLimit['limit']): SetLimit => ({ limit: hours, setAt: new Date(now()).toISOString() })
const stopsInHours = (stopAt: string | null) => (Date.parse(stopAt ?? '') - now()) / HOUR

async function stateOf(ClusterId: string) {
  const { Cluster } = await pipeline.aws.emr.send(new DescribeClusterCommand({ ClusterId }))
  return Cluster?.Status?.State
}

/** As a console's core moves it on, on the context of the pipeline. */
function keeper(startMs: number) {
  const hand = handMovedClock(startMs)
  const { care } = careUnderTest()
  const deps = { contextOf: async () => pipeline.context, clock: hand.clock, care, sourceOf: createSources(hand.clock) }
  const feature = createCostFeature(deps)
  const ending = new AbortController()
  const kept = keepSwitches({
    ...feature,
    targets: async () => [pipeline.target],
    pipelines: async () => [SCOPE.pipeline],
    isOpened: () => true,
    clock: hand.clock,
    log: line => {
      throw new Error(line)
    },
    signal: ending.signal,
  }).catch(error => {
    if (!ending.signal.aborted) throw error
  })
  return {
    ...hand,
    feature,
    /** One more minute, and what the console does in it. */
    async minute() {
      const sleeps = () => expect(hand.sleeping()).toBe(1)
      await vi.waitFor(sleeps, waiting)
      hand.advance(60_000)
      await vi.waitFor(sleeps, waiting)
    },
    async close() {
      ending.abort()
      await kept
    },
  }
}

describe('the limit of a cluster', () => {
  it('that was set before is a part of the plan, and the cluster ends at it with the console closed', async () => {
    await limit(setNow({ hours: 4 }))
    expect((await cost()).switch).toMatchObject({ state: 'waiting', stopAt: null })
    await all(applied(pipeline.core))
    expect(await toDo()).toEqual([])
    const { switch: armed } = await cost()
    expect(armed).toMatchObject({ state: 'armed', limit: { limit: { hours: 4 } }, notMoved: null })
    expect(stopsInHours(armed.stopAt)).toBeCloseTo(4, 1)

    await pipeline.core.close()
    offsetMs += 4 * HOUR + 180_000
    const ended = async () => expect(await stateOf(armed.clusterId ?? '')).toBe('TERMINATED')
    await vi.waitFor(ended, waiting)
  })

  it('of a cluster that runs is made, changed and taken away at once, and the cluster stays', async () => {
    await all(applied(pipeline.core))
    await limit(setNow({ hours: 4 }))
    const { items, switch: armed } = await cost()
    expect(stopsInHours(armed.stopAt)).toBeCloseTo(4, 1)
    await limit(setNow({ usd: 100 }))
    const perHour = items.find(({ kind }) => kind === 'cluster')?.usdPerHour ?? 0
    expect(stopsInHours((await cost()).switch.stopAt)).toBeCloseTo(100 / perHour, 0)
    expect(await toDo()).toEqual([])
    await limit(null)
    expect((await cost()).switch).toMatchObject({ state: 'off', limit: null })
    expect(await stateOf(armed.clusterId ?? '')).toBe('WAITING')
    expect(await toDo()).toEqual([])
  })

  it('is extended by an hour by one call, and goes with the pipeline when that is destroyed', async () => {
    await all(applied(pipeline.core))
    await limit(setNow({ hours: 4 }))
    const moved = value(await pipeline.core.cost.extend({ ...SCOPE, hours: 1 }))
    expect(stopsInHours(moved.stopAt)).toBeCloseTo(5, 1)
    expect(await toDo()).toEqual([])
    const events = await all(pipeline.core.provision.destroy({ ...SCOPE, confirm: SCOPE.pipeline }))
    const done = events.filter(({ state }) => state === 'done').map(({ step }) => step)
    expect(done).toEqual(expect.arrayContaining(['switch:sluice-food-delivery', 'role:sluice-food-delivery-stop']))
    expect((await cost()).items).toEqual([])
  })
})

describe('a console that runs', () => {
  it('moves the end on of a production account without an unlock, logs it, and changes nothing else', async () => {
    await all(applied(pipeline.core))
    await limit(setNow({ unattendedHours: 1 }))
    const guarded = pipeline.another({ rules: AS_PRODUCTION })
    try {
      offsetMs += HOUR / 3
      const { switch: moved } = value(await guarded.cost.read(SCOPE))
      expect(stopsInHours(moved.stopAt)).toBeCloseTo(1, 1)
      const { entries } = value(await guarded.audit.list({ action: 'cost.keep', limit: 10 }))
      expect(new Set(entries.map(({ call, outcome }) => `${call} ${outcome}`))).toEqual(new Set(['UpdateSchedule ok']))
      expect(await failure(guarded.provision.limit({ ...SCOPE, limit: null }))).toMatchObject({ reason: 'protected' })
    } finally {
      await guarded.close()
    }
  })

  it('moves the end on while it does, and no more once it is closed; two of them move it once', async () => {
    await all(applied(pipeline.core))
    await limit(setNow({ unattendedHours: 1 }))
    const startMs = now()
    const [first, second] = [keeper(startMs), keeper(startMs)]
    const updates = vi.spyOn(await pipeline.context.aws.scheduler(), 'send')
    const moves = () => updates.mock.calls.filter(([command]) => command.constructor.name === 'UpdateScheduleCommand')
    for (let minute = 0; minute <= 20; minute++) {
      await first.minute()
      await second.minute()
    }
    const { stopAt } = await first.feature.look(SCOPE, new AbortController().signal)
    expect(Date.parse(stopAt ?? '') - startMs).toBeGreaterThanOrEqual(HOUR + 3 * BEAT_MS)
    // Two schedules a move, and a move each five minutes.
    expect(moves().length).toBeLessThanOrEqual(2 * 6)
    await Promise.all([first.close(), second.close()])
    const last = moves().length
    first.advance(HOUR)
    second.advance(HOUR)
    expect(moves()).toHaveLength(last)
  })

  it('does not move a limit in hours on, nor one of money that the cluster does not cost less for', async () => {
    await all(applied(pipeline.core))
    await limit(setNow({ hours: 4, usd: 10_000 }))
    const before = (await cost()).switch.stopAt
    const running = keeper(now())
    for (let minute = 0; minute < 12; minute++) await running.minute()
    expect((await running.feature.look(SCOPE, new AbortController().signal)).stopAt).toBe(before)
    await running.close()
  })
})
