import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { merge, openShardOf, requireProvisioned } from '../reshard.ts'
import { findStream, type KinesisState, requireActive } from '../state.ts'
import { streamReference } from '../stream-reference.ts'

export const mergeShards: JsonOperation<KinesisState> = operation({
  name: 'MergeShards',
  input: z.object({ ...streamReference, ShardToMerge: z.string(), AdjacentShardToMerge: z.string() }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    requireProvisioned(state, stream, 'MergeShards')
    const one = openShardOf(state, stream, input.ShardToMerge)
    const other = openShardOf(state, stream, input.AdjacentShardToMerge)
    if (one.end + 1n !== other.start && other.end + 1n !== one.start) {
      throw new AwsError(
        'InvalidArgumentException',
        `Shards ${one.id} and ${other.id} in stream ${stream.name} under account ${state.options.account} are ` +
          'not an adjacent pair of shards eligible for merging',
      )
    }
    merge(state, stream, one, other)
    state.settle(stream, 'UPDATING')
  },
})
