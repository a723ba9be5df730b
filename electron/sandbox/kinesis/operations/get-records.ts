import { AwsError } from '../../server/aws-error.ts'
import type { JsonOperation } from '../../server/json-protocol.ts'
import { invalid } from '../invalid-member.ts'
import { formatIterator, parseIterator } from '../iterator.ts'
import { pageToValues, type RecordsPage } from '../records-page.ts'
import { horizonOf } from '../retention.ts'
import { findShard, findStream, type KinesisState, requireReadable } from '../state.ts'
import type { Shard, Stream } from '../stream.ts'

/** A read gives 10,000 records or 10 MiB (API reference, GetRecords). */
const MAX_RECORDS = 10_000
const MAX_BYTES = 10 * 1024 * 1024

/** `readRecords` is what replies in JSON are made of, without the generic encoder. */
export const getRecords = {
  name: 'GetRecords',
  run: (state: KinesisState, input: unknown) => pageToValues(readRecords(state, input)),
} satisfies JsonOperation<KinesisState>

/** GetRecords, short of its encoding. */
export function readRecords(state: KinesisState, input: unknown): RecordsPage {
  const { ShardIterator, Limit } = (input ?? {}) as { ShardIterator?: unknown; Limit?: unknown }
  if (typeof ShardIterator !== 'string') throw invalid('shardIterator', 'Member must not be null')
  if (Limit !== undefined && Limit !== null && (typeof Limit !== 'number' || !Number.isInteger(Limit))) {
    throw new AwsError('SerializationException', 'Limit is not an integer')
  }
  const limit = (Limit as number | null | undefined) ?? MAX_RECORDS
  if (limit < 1) throw invalid('limit', 'Member must have value greater than or equal to 1', limit)
  if (limit > MAX_RECORDS) throw invalid('limit', `Member must have value less than or equal to ${MAX_RECORDS}`, limit)
  const times = { now: state.options.now, monotonic: state.monotonic }
  const at = parseIterator(ShardIterator, state.steady())
  const stream = findStream(state, { StreamName: at.stream })
  requireReadable(state, stream)
  if (stream.createdMs !== at.streamCreatedMs)
    throw new AwsError('ResourceNotFoundException', `Stream ${at.stream} was deleted.`)
  const shard = findShard(state, stream, at.shardId)
  if (!shard.throughput.takeRead(state.monotonic())) {
    state.calls.add(stream.name, shard.id, 'ReadProvisionedThroughputExceeded', 1)
    throw new AwsError(
      'ProvisionedThroughputExceededException',
      `Rate exceeded for shard ${shard.id} in stream ${stream.name} under account ${state.options.account}.`,
    )
  }
  const from = Math.max(at.place, horizonOf(stream, shard, state.ageing()))
  const { whole, lines, nextPlace, sizeBytes } = shard.log.read(from, limit, MAX_BYTES)
  shard.throughput.chargeRead(sizeBytes)
  const { end } = shard.log
  const millisBehindLatest = nextPlace < end ? shard.log.ageAt(nextPlace, times) : 0
  // The age of the last record that was read, and 0 at the tip (Developer Guide, "Monitoring with CloudWatch"): not
  // that of the next one.
  const iteratorAgeMs = nextPlace < end && nextPlace > from ? shard.log.ageAt(nextPlace - 1, times) : millisBehindLatest
  const over = shard.closedMs !== undefined && nextPlace >= end
  state.calls.add(stream.name, shard.id, 'GetRecords.Records', nextPlace - from)
  state.calls.add(stream.name, shard.id, 'GetRecords.Bytes', sizeBytes)
  state.calls.add(stream.name, shard.id, 'GetRecords.Success', 1)
  state.calls.add(stream.name, shard.id, 'IteratorAgeMilliseconds', iteratorAgeMs)
  return {
    whole,
    lines,
    nextIterator: over ? null : formatIterator({ ...at, place: nextPlace, issuedMs: state.steady() }),
    millisBehindLatest,
    childShards: over ? childrenOf(stream, shard) : undefined,
    encryption: stream.encryption.type,
  }
}

function childrenOf(stream: Stream, shard: Shard) {
  return stream.shards
    .filter(entry => entry.parent === shard.id || entry.adjacentParent === shard.id)
    .map(entry => ({
      ShardId: entry.id,
      ParentShards: [entry.parent, entry.adjacentParent].flatMap(parent => parent ?? []),
      HashKeyRange: { StartingHashKey: String(entry.start), EndingHashKey: String(entry.end) },
    }))
}
