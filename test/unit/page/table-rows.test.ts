import { describe, expect, it } from 'vitest'
import { isSameRow, lastOf, orderOf, type SortValue } from '../../../renderer/ui/table/rows.ts'

const sorted = (values: SortValue[], descending = false) => [...values].sort((a, b) => orderOf(a, b, { descending }))

describe('the rows of a table', () => {
  it('numbers are sorted by size, texts by their letters, and unknown values are the least', () => {
    expect(sorted([10, null, 9, -1])).toEqual([null, -1, 9, 10])
    expect(sorted(['b', 'a', 'c'], true)).toEqual(['c', 'b', 'a'])
    expect(sorted([3, null, 5], true)).toEqual([5, 3, null])
  })

  it('rows that are last stay last in either order', () => {
    const rows = [
      { id: 1, over: true },
      { id: 2, over: false },
      { id: 3, over: true },
      { id: 4, over: false },
    ]
    const ids = (descending: boolean) =>
      [...rows].sort((a, b) => lastOf(a, b, row => row.over) || orderOf(a.id, b.id, { descending })).map(row => row.id)
    expect(ids(false)).toEqual([2, 4, 1, 3])
    expect(ids(true)).toEqual([4, 2, 3, 1])
  })

  it('a row is the same while its values are, and another one when a value or a part of a list differs', () => {
    const row = { id: 'a', parents: ['x', 'y'], lag: 3, position: undefined }
    expect(isSameRow(row, { ...row, parents: ['x', 'y'] })).toBe(true)
    expect(isSameRow(row, { ...row, lag: 4 })).toBe(false)
    expect(isSameRow(row, { ...row, parents: ['x'] })).toBe(false)
    expect(isSameRow(row, { ...row, parents: ['x', 'z'] })).toBe(false)
    expect(isSameRow({ parts: [{ n: 1 }] }, { parts: [{ n: 2 }] })).toBe(false)
  })
})
