import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../../electron/hosts/clock.ts'
import { isOver, type SimulatorStatus } from '../../../shared/features/simulator.ts'
import { SCOPE, value } from '../../fixture/open-core.ts'
import { openCoreOnAStream } from './core-on-a-stream.ts'

/** A wait while idle: on the clock of this test it ends only when it is woken. */
const LONG_MS = 2_000
const MIX = { seed: 1, duplicatesPercent: 0, invalidPercent: 0, latePercent: 0 }

let on: Awaited<ReturnType<typeof openCoreOnAStream>>
let waits: number

beforeEach(async () => {
  waits = 0
  const sleep = (ms: number, signal?: AbortSignal) => {
    if (ms < LONG_MS) return systemClock.sleep(ms, signal)
    waits++
    return new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  }
  on = await openCoreOnAStream({ clock: { ...systemClock, sleep } })
})
afterEach(() => on.close())

it('an idle simulator is reported once; a start is reported at once, and its end, by the same watch', async () => {
  const leave = new AbortController()
  const watch = on.core.simulator.watch(SCOPE, leave.signal)[Symbol.asyncIterator]()
  const next = async () => {
    const { value: result, done } = await watch.next()
    expect(done).toBeFalsy()
    return value<SimulatorStatus>(result)
  }
  expect((await next()).state).toBe('idle')
  const later = next()
  await expect.poll(() => waits).toBe(1)

  const options = { mix: MIX, profile: { kind: 'constant' as const, perSecond: 100 }, events: 20 }
  value(await on.core.simulator.start({ ...SCOPE, options }))
  expect((await later).state).not.toBe('idle')
  let status = await later
  while (!isOver(status.state)) status = await next()
  expect(status).toMatchObject({ state: 'stopped', counts: { events: 20, accepted: 20 } })
  // It goes on: the consumer asks for the next, and it waits again.
  const after = watch.next()
  await expect.poll(() => waits).toBe(2)
  leave.abort()
  await after
})
