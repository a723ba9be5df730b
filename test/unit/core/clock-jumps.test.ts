import { describe, expect, it } from 'vitest'
import { clockJumps, jumpText, spanText } from '../../../shared/time/clock-jumps.ts'
import { ageingTime, steadyTime } from '../../../shared/time/times.ts'

const START = Date.parse('2026-11-20T12:00:00Z')
const HOUR = 3_600_000

/** Two clocks: time passes on both, and the wall clock alone is set. */
function twoClocks() {
  let [passedMs, setMs] = [0, 0]
  return {
    now: () => START + passedMs + setMs,
    monotonic: () => 500 + passedMs,
    pass(ms: number) {
      passedMs += ms
    },
    set(byMs: number) {
      setMs += byMs
    },
  }
}

describe('a jump of the clock', () => {
  it('is reported once, with its length and direction, and a slow correction of the time service is none', () => {
    const clocks = twoClocks()
    const jumped = clockJumps(clocks)
    expect(jumped()).toBeUndefined()
    for (let second = 0; second < 7_200; second++) {
      clocks.pass(1_000)
      clocks.set(-0.5)
      expect(jumped()).toBeUndefined()
    }
    clocks.pass(1_000)
    clocks.set(-HOUR)
    expect(jumped()).toEqual({ atMs: clocks.now(), byMs: -HOUR })
    expect(jumped()).toBeUndefined()
    clocks.set(2 * HOUR)
    expect(jumped()?.byMs).toBe(2 * HOUR)
  })

  it('is no jump when the process did not run for a while', () => {
    const clocks = twoClocks()
    const jumped = clockJumps(clocks)
    clocks.pass(10 * HOUR)
    expect(jumped()).toBeUndefined()
  })

  it('is said in words', () => {
    expect(jumpText({ atMs: START, byMs: -HOUR }).title).toBe(
      'The clock of this machine was set back by 1 h 0 min, to 2026-11-20T12:00:00.000Z',
    )
    expect(jumpText({ atMs: START, byMs: 2 * HOUR }).title).toContain('set forward by 2 h 0 min')
    expect([45_000, 185_000, 27 * HOUR].map(spanText)).toEqual(['45 s', '3 min 5 s', '1 d 3 h'])
  })
})

it('steady time goes on as the clock did, and what may be removed for its age follows a clock only back', () => {
  const clocks = twoClocks()
  const [steady, ageing] = [steadyTime(clocks), ageingTime(clocks)]
  clocks.pass(1_000)
  clocks.set(24 * HOUR)
  expect([steady(), ageing()]).toEqual([START + 1_000, START + 1_000])
  clocks.set(-25 * HOUR)
  expect([steady(), ageing()]).toEqual([START + 1_000, START + 1_000 - HOUR])
})
