import { compareKeys } from './bucket.ts'

export interface Listing {
  keys: string[]
  commonPrefixes: string[]
  truncated: boolean
  /** The last key or common prefix of the page: the next one begins after it. */
  last: string | undefined
}

/**
 * One page of keys, in order: those below `prefix` and after `after`, rolled up at `delimiter`. Keys and common prefixes count alike towards
 * `max` (API reference, ListObjectsV2). `isListed` leaves out keys whose newest version is a delete marker.
 */
export function listPage(
  sortedKeys: readonly string[],
  query: { prefix: string; delimiter: string; after: string; max: number; isListed: (key: string) => boolean },
): Listing {
  const { prefix, delimiter, after, max, isListed } = query
  const keys: string[] = []
  const commonPrefixes: string[] = []
  let last: string | undefined
  const start = after === '' || compareKeys(prefix, after) > 0 ? lowerBound(sortedKeys, prefix) : lowerBound(sortedKeys, after)
  for (let index = start; index < sortedKeys.length; index++) {
    const key = sortedKeys[index] as string
    if (!key.startsWith(prefix)) {
      if (compareKeys(key, prefix) > 0) break
      continue
    }
    if ((after !== '' && compareKeys(key, after) <= 0) || !isListed(key)) continue
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const rolledUp = cut < 0 ? undefined : key.slice(0, cut + delimiter.length)
    // A page that ended with a common prefix goes on behind all of its keys.
    if (rolledUp !== undefined && (rolledUp === commonPrefixes.at(-1) || rolledUp === after)) continue
    if (keys.length + commonPrefixes.length >= max) return { keys, commonPrefixes, truncated: max > 0, last }
    if (rolledUp === undefined) keys.push(key)
    else commonPrefixes.push(rolledUp)
    last = rolledUp ?? key
  }
  return { keys, commonPrefixes, truncated: false, last }
}

function lowerBound(sortedKeys: readonly string[], wanted: string): number {
  let low = 0
  let high = sortedKeys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(sortedKeys[middle] as string, wanted) < 0) low = middle + 1
    else high = middle
  }
  return low
}
