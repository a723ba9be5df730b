import { AwsError } from '../server/aws-error.ts'
import { base64Bytes, isBase64 } from './base64.ts'
import { type HexKey, hashOf, MAX_HASH_KEY, toHex } from './hash-space.ts'
import { invalid } from './invalid-member.ts'
import type { NewRecord } from './stored-line.ts'
import { route, type Shard, type Stream } from './stream.ts'

const HASH_KEY = /^(0|[1-9]\d{0,38})$/

/** A record that was checked, and the shard that its key belongs to. */
interface Entry {
  shard: Shard
  record: NewRecord
}

/**
 * A record of PutRecord or PutRecords. Checked by hand, not by a schema: this is the hottest path there is.
 * @throws AwsError `ValidationException`, `SerializationException`, `InvalidArgumentException`
 */
export function toEntry(stream: Stream, raw: unknown, path: string): Entry {
  const { Data, PartitionKey, ExplicitHashKey } = asObject(raw) as {
    Data?: unknown
    PartitionKey?: unknown
    ExplicitHashKey?: unknown
  }
  if (typeof PartitionKey !== 'string') throw invalid(`${path}partitionKey`, 'Member must not be null')
  if (PartitionKey.length === 0)
    throw invalid(`${path}partitionKey`, 'Member must have length greater than or equal to 1', PartitionKey)
  // The limit is in Unicode characters: text of at most as many UTF-16 units has at most as many characters.
  if (PartitionKey.length > 256 && [...PartitionKey].length > 256)
    throw invalid(`${path}partitionKey`, 'Member must have length less than or equal to 256', PartitionKey)
  const data = toBase64(Data, path)
  const dataBytes = base64Bytes(data)
  const sizeBytes = dataBytes + Buffer.byteLength(PartitionKey)
  const maxBytes = stream.maxRecordKiB * 1024
  if (dataBytes > maxBytes) throw invalid(`${path}data`, `Member must have length less than or equal to ${maxBytes}`)
  if (sizeBytes > maxBytes)
    throw invalid(`${path}data`, `Data and partition key together must have length less than or equal to ${maxBytes}`)
  return {
    shard: route(stream, hashKeyOf(PartitionKey, ExplicitHashKey)),
    record: { data, partitionKey: PartitionKey, sizeBytes },
  }
}

/** JSON carries base64 text, CBOR bytes. */
function toBase64(data: unknown, path: string): string {
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
  if (typeof data !== 'string') throw invalid(`${path}data`, 'Member must not be null')
  if (!isBase64(data)) throw new AwsError('SerializationException', `${path}data is not base64`)
  return data
}

function hashKeyOf(partitionKey: string, explicit: unknown): HexKey {
  if (explicit === undefined || explicit === null) return hashOf(partitionKey)
  if (typeof explicit !== 'string') throw new AwsError('SerializationException', 'ExplicitHashKey is not a string')
  const key = HASH_KEY.test(explicit) ? BigInt(explicit) : undefined
  if (key === undefined || key > MAX_HASH_KEY) {
    throw new AwsError(
      'InvalidArgumentException',
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${explicit}`,
    )
  }
  return toHex(key)
}

export function asObject(value: unknown): object {
  if (value !== null && typeof value === 'object') return value
  throw new AwsError('SerializationException', 'The request is not a structure')
}
