import type { UserRecord } from '../../../shared/job/deaggregate.ts'
import { aggregate, delimited, numbered, sealed } from '../../fixture/kpl.ts'
import { order, type Sent } from './order-texts.ts'

/*
 * Orders in aggregates of the Kinesis Producer Library. All lie at one end of the hash keys, so in one shard at a time
 * and in their order: which order of a key is first does not depend on where batches end.
 */
const FIRST_HASH_KEY = '0'
const LAST_HASH_KEY = String(2n ** 128n - 1n)

const asUser = ({ partitionKey, data }: Sent, explicitHashKey: string | undefined): UserRecord => ({
  partitionKey,
  explicitHashKey,
  data,
})

/** One record of several orders, whose hash keys are those of their aggregate. */
export function aggregated(orders: Sent[]): Sent {
  const data = aggregate(orders.map(one => asUser(one, FIRST_HASH_KEY)))
  return { data, partitionKey: 'an aggregate', fate: 'taken apart', explicitHashKey: FIRST_HASH_KEY, orders }
}

/** Orders in aggregates of these sizes, one after the other, over and over. */
export function inAggregates(orders: Sent[], sizes: readonly number[]): Sent[] {
  const records: Sent[] = []
  for (let first = 0; first < orders.length; ) {
    const size = sizes[records.length % sizes.length] ?? 1
    records.push(aggregated(orders.slice(first, first + size)))
    first += size
  }
  return records
}

/** An aggregate with an order that a resharding would have in another shard; the stream has more than one. */
export function misplaced(id: string, orderedAt: string): Sent {
  const orders = ['here', 'elsewhere'].map(where =>
    order(`${id}-${where}`, 'loaded', { OrderDate: JSON.stringify(orderedAt) }),
  )
  const data = aggregate(orders.map((one, place) => asUser(one, place === 0 ? FIRST_HASH_KEY : LAST_HASH_KEY)))
  return { ...aggregated([]), data, orders, misplaced: true }
}

/**
 * Aggregates with what must come of each order, and records that resemble aggregates and are none; `ids` keeps them
 * apart.
 */
export function aggregates(ids: string): Sent[] {
  const one = order(`${ids}-broken`, 'never loaded')
  const whole = aggregated([one, one]).data
  const key = delimited(1, 'key')
  const data = delimited(3, one.data)
  const changed = (at: number): Uint8Array =>
    whole.map((byte, place) => (place === whole.length + at ? byte ^ 1 : byte))
  /** It begins with bytes that are not UTF-8. */
  const broken = (bytes: Uint8Array): Sent => ({
    data: bytes,
    partitionKey: `${ids}-broken`,
    fate: 'not_utf8',
    explicitHashKey: FIRST_HASH_KEY,
  })
  const twice = order(`${ids}-twice`, 'loaded')
  return [
    aggregated([order(`${ids}-alone`, 'loaded')]),
    aggregated([
      twice,
      { ...twice, fate: 'duplicate' },
      order(`${ids}-other`, 'loaded'),
      { ...twice, fate: 'duplicate' },
    ]),
    aggregated([{ ...twice, fate: 'duplicate' }]),
    aggregated([
      order(`${ids}-\u00fc\u{1f355}`, 'loaded'),
      order(`${ids}-\u65e5\u672c`, 'out_of_range:RiderID', { RiderID: '-1' }),
      { ...order(`${ids}-bytes`, 'not_utf8'), data: Buffer.from([0xff, 0xfe]) },
      { ...order(`${ids}-empty`, 'not_json'), data: Buffer.alloc(0) },
      order(`${ids}-late`, 'late', { OrderDate: '"2026-11-01T00:00:00Z"' }),
    ]),
    // An aggregate within an aggregate comes apart once.
    aggregated([{ ...order(`${ids}-inner`, 'not_utf8'), data: whole }]),
    // None at all: a record of the stream, and no row.
    { ...aggregated([]), data: sealed(key) },
    broken(changed(-1)),
    broken(changed(-17)),
    broken(changed(-whole.length + 5)),
    broken(whole.subarray(0, -1)),
    broken(whole.subarray(0, 20)),
    broken(sealed(key, delimited(3, Buffer.concat([numbered(1, 1), data])))),
    broken(sealed(key, delimited(3, Buffer.concat([numbered(1, 2n ** 64n), data])))),
    broken(sealed(key, delimited(3, Buffer.concat([numbered(1, 0), numbered(2, 0), data])))),
    broken(sealed(key, delimited(3, numbered(1, 0)))),
    broken(sealed(key, delimited(3, data))),
    broken(sealed(delimited(1, Buffer.from([0xff])), delimited(3, Buffer.concat([numbered(1, 0), data])))),
    broken(sealed(key, delimited(3, Buffer.concat([numbered(1, 0), data])), Buffer.from([0x1a, 0x7f, 0x00]))),
  ]
}
