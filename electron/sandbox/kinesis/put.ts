import { AwsError } from '../server/aws-error.ts'
import { base64Bytes, isBase64 } from './base64.ts'
import type { CallMetric } from './call-counters.ts'
import { type HexKey, hashOf, MAX_HASH_KEY, toHex } from './hash-space.ts'
import { invalid } from './invalid-member.ts'
import { sequenceAt } from './sequence-number.ts'
import type { NewRecord } from './shard-log.ts'
import { findStream, type KinesisState, requireReadable, type StreamReference } from './state.ts'
import { route, type Shard, type Stream } from './stream.ts'

/**
 * PutRecords takes 500 records and 10 MiB with keys (API reference, PutRecords); how large one record may be is a
 * setting of the stream.
 */
const MAX_RECORDS = 500
const MAX_REQUEST_BYTES = 10 * 1024 * 1024
const THROTTLED = 'ProvisionedThroughputExceededException'
const HASH_KEY = /^(0|[1-9]\d{0,38})$/

interface Entry {
  shard: Shard
  record: NewRecord
}

interface PutAnswer {
  SequenceNumber?: string
  ShardId?: string
  ErrorCode?: string
  ErrorMessage?: string
}

/**
 * PutRecords: each entry succeeds or fails by itself. Checked by hand, not by a schema: this is the hottest path there
 * is.
 */
export function putRecords(
  state: KinesisState,
  input: unknown,
): { FailedRecordCount: number; Records: PutAnswer[]; EncryptionType: string } {
  const { Records: raw, ...reference } = asObject(input) as StreamReference & { Records?: unknown }
  const stream = findStream(state, reference)
  requireReadable(state, stream)
  if (!Array.isArray(raw) || raw.length === 0)
    throw invalid('records', 'Member must have length greater than or equal to 1')
  if (raw.length > MAX_RECORDS) throw invalid('records', `Member must have length less than or equal to ${MAX_RECORDS}`)
  const entries = raw.map((record, index) => toEntry(stream, record, `records.${index + 1}.member.`))
  const total = entries.reduce((sum, entry) => sum + entry.record.sizeBytes, 0)
  if (total > MAX_REQUEST_BYTES) throw new AwsError('InvalidArgumentException', 'Records size exceeds 10 MB limit')

  const nowMs = state.options.now()
  const monotonicMs = state.monotonic()
  const accepted = new Map<Shard, { records: NewRecord[]; at: number[] }>()
  const answers: PutAnswer[] = entries.map(({ shard, record }, index) => {
    if (!shard.throughput.takeRecord(record.sizeBytes, monotonicMs)) return throttled(state, stream, shard)
    const lot = accepted.get(shard) ?? { records: [], at: [] }
    accepted.set(shard, lot)
    lot.records.push(record)
    lot.at.push(index)
    return {}
  })
  for (const [shard, { records, at }] of accepted) {
    try {
      const first = shard.log.append(records, Math.max(nowMs, shard.createdMs), monotonicMs)
      at.forEach((index, order) => {
        answers[index] = { SequenceNumber: sequenceAt(shard.prefix, first + order), ShardId: shard.id }
      })
    } catch (error) {
      // Other shards may have taken theirs: of each record it is known what became of it, so that only these are sent
      // again.
      const sentence = state.care.trouble(error)
      if (sentence === undefined) throw error
      for (const index of at)
        answers[index] = { ErrorCode: 'InternalFailure', ErrorMessage: `Internal service failure. ${sentence}` }
    }
  }
  const failed = answers.reduce((count, answer) => count + (answer.ErrorCode ? 1 : 0), 0)
  const acceptedBytes = entries.reduce(
    (sum, { record }, index) => sum + (answers[index]?.ErrorCode ? 0 : record.sizeBytes),
    0,
  )
  const count = (metric: CallMetric, value: number) => state.calls.add(stream.name, undefined, metric, value)
  count('PutRecords.TotalRecords', entries.length)
  count('PutRecords.SuccessfulRecords', entries.length - failed)
  count('PutRecords.ThrottledRecords', answers.filter(answer => answer.ErrorCode === THROTTLED).length)
  count('PutRecords.Bytes', acceptedBytes)
  count('PutRecords.Success', failed < entries.length ? 1 : 0)
  return { FailedRecordCount: failed, Records: answers, EncryptionType: stream.encryption.type }
}

/** PutRecord: one record, or an error. */
export function putRecord(
  state: KinesisState,
  input: unknown,
): { ShardId: string; SequenceNumber: string; EncryptionType: string } {
  const request = asObject(input) as StreamReference & Record<string, unknown>
  const stream = findStream(state, request)
  requireReadable(state, stream)
  const { shard, record } = toEntry(stream, request, '')
  const monotonicMs = state.monotonic()
  if (!shard.throughput.takeRecord(record.sizeBytes, monotonicMs)) {
    const { ErrorCode = '', ErrorMessage = '' } = throttled(state, stream, shard)
    throw new AwsError(ErrorCode, ErrorMessage)
  }
  const place = shard.log.append([record], Math.max(state.options.now(), shard.createdMs), monotonicMs)
  state.calls.add(stream.name, undefined, 'PutRecord.Success', 1)
  state.calls.add(stream.name, undefined, 'PutRecord.Bytes', record.sizeBytes)
  return { ShardId: shard.id, SequenceNumber: sequenceAt(shard.prefix, place), EncryptionType: stream.encryption.type }
}

function toEntry(stream: Stream, raw: unknown, path: string): Entry {
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

function throttled(state: KinesisState, stream: Stream, shard: Shard): PutAnswer {
  state.calls.add(stream.name, shard.id, 'WriteProvisionedThroughputExceeded', 1)
  return {
    ErrorCode: THROTTLED,
    ErrorMessage: `Rate exceeded for shard ${shard.id} in stream ${stream.name} under account ${state.options.account}.`,
  }
}

function asObject(value: unknown): object {
  if (value !== null && typeof value === 'object') return value
  throw new AwsError('SerializationException', 'The request is not a structure')
}
