import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { openShardOf, requireProvisioned, split } from '../reshard.ts'
import { findStream, type KinesisState, requireActive } from '../state.ts'
import { streamReference } from '../stream-reference.ts'

export const splitShard: JsonOperation<KinesisState> = operation({
  name: 'SplitShard',
  input: z.object({
    ...streamReference,
    ShardToSplit: z.string(),
    NewStartingHashKey: z.string().regex(/^(0|[1-9]\d{0,38})$/),
  }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    requireProvisioned(state, stream, 'SplitShard')
    const shard = openShardOf(state, stream, input.ShardToSplit)
    const at = BigInt(input.NewStartingHashKey)
    if (at <= shard.start + 1n || at >= shard.end) {
      throw new AwsError(
        'InvalidArgumentException',
        `NewStartingHashKey ${at} used in SplitShard() on shard ${shard.id} in stream ${stream.name} under ` +
          `account ${state.options.account} is not both greater than one plus the shard's StartingHashKey ` +
          `${shard.start} and less than the shard's EndingHashKey ${shard.end}.`,
      )
    }
    split(state, stream, shard, at)
    state.settle(stream, 'UPDATING')
  },
})
