/** What rows are sorted by; null and undefined are the least. */
export type SortValue = string | number | null | undefined

/** The order of two values, as `sort` takes it: numbers by size, anything else as text. */
export function orderOf(a: SortValue, b: SortValue, { descending }: { descending: boolean } = { descending: false }) {
  const factor = descending ? -1 : 1
  if (a == null || b == null) return factor * (Number(a != null) - Number(b != null))
  if (typeof a === 'number' && typeof b === 'number') return factor * (a - b)
  return factor * (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0)
}

/** The order of two rows of which some stay below all others, however they are sorted. */
export const lastOf = <Row>(a: Row, b: Row, isLast: ((row: Row) => boolean) | undefined): number =>
  isLast ? Number(isLast(a)) - Number(isLast(b)) : 0

/** Whether two rows are equal, member by member; lists are short, and compared by what is in them. */
export const isSameRow = (a: object, b: object): boolean =>
  a === b ||
  Object.entries(a).every(([name, value]) => {
    const other = b[name as keyof typeof b] as unknown
    return Array.isArray(value) && Array.isArray(other)
      ? value.length === other.length && value.every((part, place) => Object.is(part, other[place]))
      : Object.is(value, other)
  })
