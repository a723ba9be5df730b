import { compareKeys, firstWhere, lowerBound } from './sorted-keys.ts'

export interface Listing<Item> {
  /** Common prefixes among the items, in the order of the keys. */
  items: Item[]
  commonPrefixes: string[]
  truncated: boolean
  /** The last key or common prefix of the page: the next one begins after it. */
  last: string | undefined
}

/**
 * One page of what a bucket has, in the order of the keys: those below `prefix` and after `after`, rolled up at
 * `delimiter`. Items and common prefixes count alike towards `max` (API reference, ListObjectsV2). `itemsOf` says what
 * there is under a key: none hides it, several (versions, uploads) are listed one by one. With `resume` the key `after`
 * itself is asked for once more, for the items that were left.
 */
export function listPage<Item>(
  sorted: readonly string[],
  query: {
    prefix: string
    delimiter: string
    after: string
    max: number
    resume?: boolean
    itemsOf: (key: string) => readonly Item[]
  },
): Listing<Item> {
  const { prefix, delimiter, after, max, itemsOf } = query
  const page: Listing<Item> = { items: [], commonPrefixes: [], truncated: false, last: undefined }
  const isFull = () => page.items.length + page.commonPrefixes.length >= max
  let at = compareKeys(prefix, after) > 0 ? lowerBound(sorted, prefix) : lowerBound(sorted, after)
  if (after !== '' && !query.resume && sorted[at] === after) at++
  // A page that ended with a common prefix goes on behind all of its keys.
  if (isCommonPrefix(after, prefix, delimiter)) at = behind(sorted, at, after)

  while (at < sorted.length) {
    const key = sorted[at] as string
    if (!key.startsWith(prefix)) break
    const items = itemsOf(key)
    if (items.length === 0) {
      at++
      continue
    }
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    if (isFull()) {
      page.truncated = max > 0
      return page
    }
    if (cut >= 0) {
      const rolledUp = key.slice(0, cut + delimiter.length)
      page.commonPrefixes.push(rolledUp)
      page.last = rolledUp
      at = behind(sorted, at, rolledUp)
      continue
    }
    for (const item of items) {
      if (isFull()) {
        page.truncated = true
        return page
      }
      page.items.push(item)
      page.last = key
    }
    at++
  }
  return page
}

function isCommonPrefix(text: string, prefix: string, delimiter: string): boolean {
  if (delimiter === '' || !text.startsWith(prefix)) return false
  const cut = text.indexOf(delimiter, prefix.length)
  return cut >= 0 && cut + delimiter.length === text.length
}

/** The first place from `from` on whose key is not below a prefix; keys of one prefix lie together. */
function behind(sorted: readonly string[], from: number, prefix: string): number {
  return firstWhere(sorted, from, key => !key.startsWith(prefix))
}
