import { AwsError } from '../../server/aws-error.ts'
import type { JsonOperation } from '../../server/json-protocol.ts'
import { throttled } from '../put-answer.ts'
import { asObject, toEntry } from '../put-entry.ts'
import { sequenceAt } from '../sequence-number.ts'
import { findStream, type KinesisState, requireReadable, type StreamReference } from '../state.ts'

/** One record, or an error. */
export const putRecord = { name: 'PutRecord', run } satisfies JsonOperation<KinesisState>

function run(state: KinesisState, input: unknown): { ShardId: string; SequenceNumber: string; EncryptionType: string } {
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
