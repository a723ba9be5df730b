import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareKeys, sortedKeys } from '../../../electron/sandbox/s3/sorted-keys.ts'

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
/** Near the place where UTF-16 and UTF-8 disagree, besides anything. */
const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', '/', 'é', '\ud7ff', '\ue000', '\uffff', '😀') }),
)

describe('the keys of a bucket', () => {
  it('compare as their UTF-8 bytes do', () => {
    fc.assert(fc.property(key, key, (a, b) => Math.sign(compareKeys(a, b)) === Math.sign(byBytes(a, b))))
  })

  it('stay sorted and without doubles while keys come and go', () => {
    const step = fc.record({
      key: fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 3 }),
      isAdded: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(key), fc.array(step), (start, steps) => {
        const known = new Set(start)
        const sorted = sortedKeys(known)
        for (const { key, isAdded } of steps) {
          if (isAdded) sorted.add(key)
          else sorted.delete(key)
          if (isAdded) known.add(key)
          else known.delete(key)
        }
        expect(sorted.all()).toEqual([...known].sort(byBytes))
      }),
    )
  })
})
