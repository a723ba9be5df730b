import { describe, expect, it } from 'vitest'
import { ago, duration } from '../../../renderer/ui/format.ts'

describe('an age', () => {
  it.each([
    [0, 'just now'],
    [19_999, 'just now'],
    [20_000, '20 s ago'],
    [59_999, '50 s ago'],
    [60_000, '1 min ago'],
    [3_599_999, '59 min ago'],
    [3_600_000, '1 h ago'],
    [5_000_000, '1 h 20 min ago'],
    [90_000_000, '1 d 1 h ago'],
  ])('%i ms is written as %s', (ms, text) => {
    expect(ago(ms)).toBe(text)
  })
})

describe('a duration', () => {
  it.each([
    [640, '640 ms'],
    [59_940, '59.9 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [86_400_000, '1 d'],
    [356_400_000, '4 d 3 h'],
  ])('%i ms is written as %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})
