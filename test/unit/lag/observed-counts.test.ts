import { describe, expect, it } from 'vitest'
import { createObservedCounts } from '../../../electron/core/lag/observed-counts.ts'

const count = (records: number) => ({ records, bytes: records * 10 })

describe('observed counts of a shard', () => {
  it('say between which two of them a record arrived', () => {
    const observed = createObservedCounts()
    for (const [atMs, records] of [
      [1_000, 5],
      [2_000, 5],
      [3_000, 8],
    ] as const)
      observed.add('s', atMs, count(records))
    expect(observed.arrivalOf('s', 5)).toEqual({ fromMs: 2_000, toMs: 3_000 })
    expect(observed.arrivalOf('s', 7)).toEqual({ fromMs: 2_000, toMs: 3_000 })
    expect(observed.arrivalOf('s', 4)).toBeUndefined()
    expect(observed.arrivalOf('s', 8)).toBeUndefined()
  })

  it('that come late, of two that asked at once, do not turn the time back', () => {
    const observed = createObservedCounts()
    observed.add('s', 1_000, count(5))
    observed.add('s', 3_000, count(8))
    observed.add('s', 2_000, count(6))
    expect(observed.arrivalOf('s', 6)).toEqual({ fromMs: 1_000, toMs: 3_000 })
  })

  it('give the count at a time only when it was the same for long enough after it', () => {
    const observed = createObservedCounts()
    observed.add('s', 1_000, count(5))
    observed.add('s', 4_000, count(5))
    expect(observed.countAt('s', 2_000, 2_000)).toEqual(count(5))
    expect(observed.countAt('s', 2_000, 2_001)).toBeUndefined()
    expect(observed.countAt('s', 999, 0)).toBeUndefined()
  })

  it('of another stream under the same name are not joined with those before', () => {
    const observed = createObservedCounts()
    observed.add('s', 1_000, count(5))
    observed.add('s', 2_000, count(3))
    expect(observed.arrivalOf('s', 4)).toBeUndefined()
    observed.add('s', 3_000, count(6))
    expect(observed.arrivalOf('s', 4)).toEqual({ fromMs: 2_000, toMs: 3_000 })
  })
})
