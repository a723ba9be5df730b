import { describe, expect, it } from 'vitest'
import { createObservedCounts } from '../../../electron/core/lag/observed-counts.ts'

const count = (records: number) => ({ records, bytes: records * 10 })

describe('looks at the count of a shard', () => {
  it('tell between which two of them a record arrived', () => {
    const looks = createObservedCounts()
    for (const [atMs, records] of [
      [1_000, 5],
      [2_000, 5],
      [3_000, 8],
    ] as const)
      looks.add('s', atMs, count(records))
    expect(looks.arrivalOf('s', 5)).toEqual({ fromMs: 2_000, toMs: 3_000 })
    expect(looks.arrivalOf('s', 7)).toEqual({ fromMs: 2_000, toMs: 3_000 })
    expect(looks.arrivalOf('s', 4)).toBeUndefined()
    expect(looks.arrivalOf('s', 8)).toBeUndefined()
  })

  it('that come late, of two that asked at once, do not turn the time back', () => {
    const looks = createObservedCounts()
    looks.add('s', 1_000, count(5))
    looks.add('s', 3_000, count(8))
    looks.add('s', 2_000, count(6))
    expect(looks.arrivalOf('s', 6)).toEqual({ fromMs: 1_000, toMs: 3_000 })
  })

  it('tell the count at a time only when it was the same for long enough after it', () => {
    const looks = createObservedCounts()
    looks.add('s', 1_000, count(5))
    looks.add('s', 4_000, count(5))
    expect(looks.countAt('s', 2_000, 2_000)).toEqual(count(5))
    expect(looks.countAt('s', 2_000, 2_001)).toBeUndefined()
    expect(looks.countAt('s', 999, 0)).toBeUndefined()
  })

  it('of another stream under the same name are not joined with those before', () => {
    const looks = createObservedCounts()
    looks.add('s', 1_000, count(5))
    looks.add('s', 2_000, count(3))
    expect(looks.arrivalOf('s', 4)).toBeUndefined()
    looks.add('s', 3_000, count(6))
    expect(looks.arrivalOf('s', 4)).toEqual({ fromMs: 2_000, toMs: 3_000 })
  })
})
