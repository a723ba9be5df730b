import { expect, it } from 'vitest'
import { recentClocks } from '../../../shared/time/recent-clocks.ts'

const START = 1_763_670_000_000

it('for a minute after the wall clock was set the clock before it is given, too, and then no more', () => {
  let passedMs = 0
  let setMs = 0
  const clocks = recentClocks({ now: () => START + passedMs + setMs, monotonic: () => 500 + passedMs })
  expect(clocks()).toEqual([START])
  setMs = -3_600_000
  passedMs = 1_000
  expect(clocks()).toEqual([START + 1_000 - 3_600_000, START + 1_000])
  setMs = 3_600_000
  passedMs = 2_000
  expect(clocks()).toEqual([START + 2_000 + 3_600_000, START + 2_000, START + 2_000 - 3_600_000])
  setMs = -3_600_000
  passedMs = 3_000
  expect(clocks()).toHaveLength(4)
  passedMs = 60_500
  expect(clocks()).toContain(START + 60_500)
  passedMs = 63_001
  expect(clocks()).toEqual([START + 63_001 - 3_600_000])
})

it('a clock that is slewed was not set', () => {
  let passedMs = 0
  const clocks = recentClocks({ now: () => START + passedMs * 1.0005, monotonic: () => passedMs })
  for (passedMs = 0; passedMs < 60_000; passedMs += 1_000) expect(clocks()).toHaveLength(1)
})
