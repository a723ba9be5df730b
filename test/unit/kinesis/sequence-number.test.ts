import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placeOf, sequenceAt, sequencePrefix } from '../../../electron/sandbox/kinesis/sequence-number.ts'

const Created = fc.integer({ min: 0, max: 99_999_999_999_999 })
const ShardNumber = fc.integer({ min: 0, max: 99_999_998 })
const Place = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

describe('a sequence number', () => {
  it('has 56 digits and names its place', () => {
    fc.assert(
      fc.property(Created, ShardNumber, Place, (createdMs, number, place) => {
        const prefix = sequencePrefix(createdMs, number)
        const text = sequenceAt(prefix, place)
        expect(text).toMatch(/^49\d{54}$/)
        expect(placeOf(prefix, text)).toBe(place)
      }),
    )
  })

  it('compares as text as shards and places do', () => {
    fc.assert(
      fc.property(Created, ShardNumber, Place, Place, (createdMs, number, one, other) => {
        const prefix = sequencePrefix(createdMs, number)
        expect(sequenceAt(prefix, one) < sequenceAt(prefix, other)).toBe(one < other)
        expect(sequenceAt(prefix, one) < sequenceAt(sequencePrefix(createdMs, number + 1), other)).toBe(true)
      }),
    )
  })

  it('of another shard, or of none, names no place', () => {
    const prefix = sequencePrefix(1_763_670_000_000, 0)
    expect(placeOf(prefix, sequenceAt(sequencePrefix(1_763_670_000_000, 1), 3))).toBeUndefined()
    expect(placeOf(prefix, '')).toBeUndefined()
    expect(placeOf(prefix, `${prefix}${'x'.repeat(30)}`)).toBeUndefined()
  })
})
