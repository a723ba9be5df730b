import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { description, shardShape } from '../describe.ts'
import { findStream, type KinesisState } from '../state.ts'
import { streamReference } from '../stream-reference.ts'

export const describeStream: JsonOperation<KinesisState> = operation({
  name: 'DescribeStream',
  input: z.object({
    ...streamReference,
    Limit: z.int().min(1).max(10_000).default(100),
    ExclusiveStartShardId: z.string().optional(),
  }),
  run(state: KinesisState, { Limit, ExclusiveStartShardId, ...reference }) {
    const stream = findStream(state, reference)
    const shards = stream.shards.filter(
      shard => ExclusiveStartShardId === undefined || shard.id > ExclusiveStartShardId,
    )
    return {
      StreamDescription: {
        ...description(state, stream),
        Shards: stream.status === 'CREATING' ? [] : shards.slice(0, Limit).map(shardShape),
        HasMoreShards: shards.length > Limit,
      },
    }
  },
})
