import { describe, expect, it } from 'vitest'
import { ago } from '../../../renderer/ui/format.ts'

describe('how long ago something was', () => {
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
  ])('%i ms is told as %s', (ms, told) => {
    expect(ago(ms)).toBe(told)
  })
})
