import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listPage } from '../../../electron/sandbox/s3/listing.ts'
import { compareKeys } from '../../../electron/sandbox/s3/sorted-keys.ts'

const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', 'é', '😀'), minLength: 1, maxLength: 6 })
const keys = fc.uniqueArray(key, { maxLength: 40 })
const place = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-'), maxLength: 3 })
const delimiter = fc.constantFrom('', '/', '-', 'a', 'ab')

/** The whole listing as the API reference describes it, with no thought of pages. */
function naive(all: readonly string[], prefix: string, delimiter: string): string[] {
  const entries = all
    .filter(entry => entry.startsWith(prefix))
    .map(entry => {
      const cut = delimiter === '' ? -1 : entry.indexOf(delimiter, prefix.length)
      return cut < 0 ? `key ${entry}` : `prefix ${entry.slice(0, cut + delimiter.length)}`
    })
  return [...new Set(entries)].sort((a, b) => compareKeys(a.slice(a.indexOf(' ') + 1), b.slice(b.indexOf(' ') + 1)))
}

/** Follows the pages to the end, each asked for behind the last one. */
function paged(
  sorted: readonly string[],
  isListed: (key: string) => boolean,
  prefix: string,
  delimiter: string,
  max: number,
) {
  const entries: string[] = []
  for (let after = ''; ; ) {
    const page = listPage(sorted, { prefix, delimiter, after, max, itemsOf: entry => (isListed(entry) ? [entry] : []) })
    const found = [...page.items.map(entry => `key ${entry}`), ...page.commonPrefixes.map(entry => `prefix ${entry}`)]
    expect(found.length).toBeLessThanOrEqual(max)
    entries.push(...found.sort((a, b) => compareKeys(a.slice(a.indexOf(' ') + 1), b.slice(b.indexOf(' ') + 1))))
    if (!page.truncated) return entries
    expect(found.length).toBe(max)
    after = page.last ?? ''
  }
}

describe('a listing', () => {
  it('in pages of any size is the naive listing, with any prefix and delimiter', () => {
    fc.assert(
      fc.property(keys, place, delimiter, fc.integer({ min: 1, max: 7 }), (all, prefix, delimiter, max) => {
        const sorted = [...all].sort(compareKeys)
        expect(paged(sorted, () => true, prefix, delimiter, max)).toEqual(naive(sorted, prefix, delimiter))
      }),
      { numRuns: 1_000 },
    )
  })

  it('leaves out what has nothing to show, also where a whole common prefix is deleted', () => {
    fc.assert(
      fc.property(
        keys,
        fc.func(fc.boolean()),
        delimiter,
        fc.integer({ min: 1, max: 7 }),
        (all, isListed, delimiter, max) => {
          const sorted = [...all].sort(compareKeys)
          expect(paged(sorted, isListed, '', delimiter, max)).toEqual(
            naive(
              sorted.filter(entry => isListed(entry)),
              '',
              delimiter,
            ),
          )
        },
      ),
    )
  })

  it('begins behind any key, there or not', () => {
    fc.assert(
      fc.property(keys, key, (all, after) => {
        const sorted = [...all].sort(compareKeys)
        const page = listPage(sorted, { prefix: '', delimiter: '', after, max: 1_000, itemsOf: entry => [entry] })
        expect(page.items).toEqual(sorted.filter(entry => compareKeys(entry, after) > 0))
      }),
    )
  })

  it('goes on within a key that has several items', () => {
    const versions: Record<string, string[]> = { a: ['a3', 'a2', 'a1'], b: ['b1'], c: ['c2', 'c1'] }
    const query = { prefix: '', delimiter: '', max: 2 }
    const first = listPage(['a', 'b', 'c'], { ...query, after: '', itemsOf: entry => versions[entry] ?? [] })
    expect(first).toMatchObject({ items: ['a3', 'a2'], truncated: true, last: 'a' })
    const rest = listPage(['a', 'b', 'c'], {
      ...query,
      after: 'a',
      resume: true,
      itemsOf: entry => (entry === 'a' ? ['a1'] : (versions[entry] ?? [])),
    })
    expect(rest).toMatchObject({ items: ['a1', 'b1'], truncated: true, last: 'b' })
  })

  it('of no entries at all is complete', () => {
    const page = listPage(['a'], { prefix: '', delimiter: '', after: '', max: 0, itemsOf: entry => [entry] })
    expect(page).toMatchObject({ items: [], truncated: false })
  })
})
