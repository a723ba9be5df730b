import { expect, it } from 'vitest'
import { meter } from '../../../electron/core/simulator/meter.ts'

it('rates go on when the wall clock is set: a meter knows the monotonic clock alone', () => {
  let [passedMs, setMs] = [10_000, 0]
  const clock = {
    now: () => 1_000_000_000_000 + passedMs + setMs,
    monotonic: () => passedMs,
    sleep: async () => undefined,
  }
  const rate = meter(clock)
  for (let tenth = 0; tenth < 10; tenth++) {
    rate.add(5)
    passedMs += 100
    setMs = tenth % 2 === 0 ? -3_600_000 : 7_200_000
  }
  expect(rate.perSecond()).toBe(50)
})
