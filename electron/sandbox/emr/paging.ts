import { invalidRequest } from './state.ts'

/** EMR gives 50 clusters or steps a page (ListClusters, ListSteps), and up to 2,000 instances. */
export const PAGE_SIZE = 50

/**
 * One page of a list, after the item that the marker names. The marker holds the last item's id, so that items which
 * come in front meanwhile move nothing.
 * @throws AwsError `InvalidRequestException` for a marker that is not of this list
 */
export function page<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  marker: string | undefined,
  size = PAGE_SIZE,
): { items: Item[]; marker?: string } {
  let from = 0
  if (marker !== undefined) {
    const id = Buffer.from(marker, 'base64url').toString('utf8')
    from = items.findIndex(item => idOf(item) === id) + 1
    if (from === 0) throw invalidRequest(`Marker '${marker}' is not valid.`)
  }
  const taken = items.slice(from, from + size)
  const last = taken.at(-1)
  if (last === undefined || from + size >= items.length) return { items: taken }
  return { items: taken, marker: Buffer.from(idOf(last)).toString('base64url') }
}
