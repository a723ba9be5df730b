import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { timestampInput } from '../../server/timestamp-input.ts'
import { formatIterator } from '../iterator.ts'
import { horizonOf } from '../retention.ts'
import { placeOf } from '../sequence-number.ts'
import { findShard, findStream, type KinesisState, requireReadable } from '../state.ts'
import { newestArrival, type Shard, type Stream } from '../stream.ts'
import { streamReference } from '../stream-reference.ts'

export const getShardIterator: JsonOperation<KinesisState> = operation({
  name: 'GetShardIterator',
  input: z.object({
    ...streamReference,
    ShardId: z.string().min(1).max(128),
    ShardIteratorType: z.enum([
      'AT_SEQUENCE_NUMBER',
      'AFTER_SEQUENCE_NUMBER',
      'TRIM_HORIZON',
      'LATEST',
      'AT_TIMESTAMP',
    ]),
    StartingSequenceNumber: z.string().optional(),
    Timestamp: timestampInput.optional(),
  }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireReadable(state, stream)
    const shard = findShard(state, stream, input.ShardId)
    const place = startOf(state, stream, shard, input)
    return {
      ShardIterator: formatIterator({
        stream: stream.name,
        streamCreatedMs: stream.createdMs,
        shardId: shard.id,
        place,
        issuedMs: state.steady(),
      }),
    }
  },
})

function startOf(
  state: KinesisState,
  stream: Stream,
  shard: Shard,
  input: { ShardIteratorType: string; StartingSequenceNumber?: string | undefined; Timestamp?: number | undefined },
): number {
  switch (input.ShardIteratorType) {
    case 'TRIM_HORIZON':
      return horizonOf(stream, shard, state.ageing())
    case 'LATEST':
      return shard.log.end
    case 'AT_TIMESTAMP':
      if (input.Timestamp === undefined)
        throw new AwsError(
          'InvalidArgumentException',
          'Must specify timestamp parameter for iterator of type AT_TIMESTAMP.',
        )
      // A clock that was set back makes no future of a time that this process, or the shard, has seen.
      if (input.Timestamp > Math.max(state.options.now(), state.steady(), newestArrival(shard)) + 1_000) {
        throw new AwsError(
          'InvalidArgumentException',
          'The timestampInMillis parameter cannot be greater than the currentTimestampInMillis.',
        )
      }
      return Math.max(horizonOf(stream, shard, state.ageing()), shard.log.placeAt(input.Timestamp))
    default: {
      const number = input.StartingSequenceNumber
      if (number === undefined) {
        throw new AwsError(
          'InvalidArgumentException',
          `Must specify a sequence number for iterator of type ${input.ShardIteratorType}.`,
        )
      }
      const place = placeOf(shard.prefix, number)
      if (place === undefined) {
        throw new AwsError(
          'InvalidArgumentException',
          `Invalid StartingSequenceNumber. It encodes a shard that is not ${shard.id} of stream ${stream.name}, ` +
            `or is not a sequence number: ${number}`,
        )
      }
      return input.ShardIteratorType === 'AFTER_SEQUENCE_NUMBER' ? place + 1 : place
    }
  }
}
