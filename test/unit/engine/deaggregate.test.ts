import { createHash } from 'node:crypto'
import type { Shard } from '@aws-sdk/client-kinesis'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { userRecords } from '../../../electron/engine/kinesis/user-records.ts'
import { deaggregate, type UserRecord } from '../../../shared/job/deaggregate.ts'
import { aggregate, delimited, MAGIC, numbered, sealed, tag, varint } from '../../fixture/kpl.ts'

const users = fc.array(
  fc.record({
    partitionKey: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    explicitHashKey: fc.option(fc.bigInt(0n, 2n ** 128n - 1n).map(String), { nil: undefined }),
    data: fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
  }),
  { minLength: 1, maxLength: 30 },
)

describe('an aggregate of the KPL', () => {
  it('comes apart into what its producer put in', () => {
    fc.assert(
      fc.property(users, records => {
        expect(deaggregate(aggregate(records))).toEqual(records)
      }),
    )
  })

  it('is passed on whole when a single byte of it is another', () => {
    fc.assert(
      fc.property(users, fc.nat(), fc.integer({ min: 1, max: 255 }), (records, at, change) => {
        const data = aggregate(records)
        data[at % data.length] = (data[at % data.length] ?? 0) ^ change
        expect(deaggregate(data)).toBeUndefined()
      }),
    )
  })

  it('is passed on whole when it was cut', () => {
    fc.assert(
      fc.property(users, fc.nat(), (records, at) => {
        const data = aggregate(records)
        expect(deaggregate(data.subarray(0, at % data.length))).toBeUndefined()
      }),
    )
  })

  it('never makes the reader fail, whatever its message is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), message => {
        const found = deaggregate(sealed(message))
        expect(found === undefined || Array.isArray(found)).toBe(true)
        expect(deaggregate(message)).toBeUndefined()
      }),
    )
  })

  const key = delimited(1, 'key')
  const data = delimited(3, 'x')
  it.each<[string, Buffer[]]>([
    ['an index behind the keys', [key, delimited(3, Buffer.concat([numbered(1, 1), data]))]],
    ['an index beyond what a double distinguishes', [key, delimited(3, Buffer.concat([numbered(1, 2n ** 64n), data]))]],
    ['an index behind the hash keys', [key, delimited(3, Buffer.concat([numbered(1, 0), numbered(2, 0), data]))]],
    ['no data', [key, delimited(3, numbered(1, 0))]],
    ['no key', [key, delimited(3, data)]],
    ['data that is a number', [key, delimited(3, Buffer.concat([numbered(1, 0), numbered(3, 7)]))]],
    ['an index that is text', [key, delimited(3, Buffer.concat([delimited(1, '0'), data]))]],
    ['a table that is a number', [numbered(1, 7), delimited(3, Buffer.concat([numbered(1, 0), data]))]],
    [
      'a key that is not UTF-8',
      [delimited(1, Buffer.from([0xff])), delimited(3, Buffer.concat([numbered(1, 0), data]))],
    ],
    ['a key that is half a surrogate', [delimited(1, Buffer.from([0xed, 0xa0, 0x80]))]],
    ['a length beyond the end', [tag(3, 2), varint(100), Buffer.from('short')]],
    ['a length of 2^63', [tag(3, 2), varint(2n ** 63n), Buffer.from('short')]],
    [
      'a user record that is cut',
      [key, delimited(3, Buffer.concat([numbered(1, 0), tag(3, 2), varint(9), Buffer.from('x')]))],
    ],
    ['a number that does not end', [Buffer.alloc(11, 0xff)]],
    ['field 0', [numbered(0, 1)]],
    ['a kind of field that there is not', [tag(7, 3)]],
    ['a fixed field that is cut', [tag(7, 1), Buffer.from('1234')]],
  ])('is passed on whole with %s', (_, message) => {
    expect(deaggregate(sealed(...message))).toBeUndefined()
  })

  it('is none when it is magic and checksum alone', () => {
    expect(deaggregate(sealed())).toBeUndefined()
    expect(deaggregate(MAGIC)).toBeUndefined()
  })

  it('has fields and tags that are not known passed over', () => {
    const entry = [
      numbered(1, 0),
      delimited(3, 'data'),
      delimited(4, delimited(1, 'tag')),
      tag(9, 5),
      Buffer.from('1234'),
      // Field 3 of another kind, were the upper bits of its tag lost.
      numbered(2n ** 60n + 3n, 1),
    ]
    const message = [tag(7, 1), Buffer.from('12345678'), key, delimited(3, Buffer.concat(entry))]
    expect(deaggregate(sealed(...message))).toEqual([
      { partitionKey: 'key', explicitHashKey: undefined, data: Buffer.from('data') },
    ])
  })

  it('may hold no user record at all', () => {
    expect(deaggregate(sealed(key))).toEqual([])
  })
})

describe('the user records of a read', () => {
  const half = 2n ** 127n
  const shards = new Map<string, Shard>([
    [
      'lower',
      {
        ShardId: 'lower',
        HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(half - 1n) },
        SequenceNumberRange: { StartingSequenceNumber: '0' },
      },
    ],
  ])
  const record = (data: Uint8Array, partitionId = 'lower') => ({
    partitionId,
    offset: '7',
    partitionKey: 'of the aggregate',
    arrivedMs: 1,
    readAtMs: 2,
    data,
  })
  const user = (partitionKey: string, explicitHashKey?: string): UserRecord => ({
    partitionKey,
    explicitHashKey,
    data: Buffer.from(partitionKey),
  })

  it('keep place and time of their aggregate, have their own key and data, and stay in their order', () => {
    const plain = record(Buffer.from('plain'))
    const read = userRecords(
      [record(aggregate([user('a'), user('b'), user('a')])), plain, record(sealed(delimited(1, 'k')))],
      shards,
    )
    expect(read.records.map(({ partitionKey, data }) => [partitionKey, Buffer.from(data).toString()])).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['a', 'a'],
      ['of the aggregate', 'plain'],
    ])
    for (const { offset, arrivedMs, partitionId } of read.records)
      expect([offset, arrivedMs, partitionId]).toEqual(['7', 1, 'lower'])
    expect(read.sourceRecords).toBe(3)
  })

  it('count an aggregate as misplaced when one of its hash keys is not of the shard', () => {
    const inUpper =
      ['0', '1', '2', '3', '4'].find(key => createHash('md5').update(key).digest().readUInt8() >= 0x80) ?? ''
    const misplaced = (...records: UserRecord[]) => userRecords([record(aggregate(records))], shards).misplaced
    expect(misplaced(user('a', '0'), user('b', String(half - 1n)))).toBe(0)
    expect(misplaced(user('a', '0'), user('b', String(half)))).toBe(1)
    expect(misplaced(user(inUpper))).toBe(1)
    expect(misplaced(user(inUpper, '1'))).toBe(0)
    for (const text of ['', '-1', '01', '1e3', '0x10', '\u0663', '9'.repeat(40), '9'.repeat(5_000), '1\n'])
      expect(misplaced(user('a', text)), text).toBe(1)
    expect(userRecords([record(aggregate([user('a', String(half))]), 'not listed')], shards).misplaced).toBe(0)
  })
})
