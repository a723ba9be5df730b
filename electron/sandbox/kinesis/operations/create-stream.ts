import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { evenRanges } from '../hash-space.ts'
import { MIN_RECORD_KIB, maxRecordSize } from '../max-record-size.ts'
import { openShardCount, SHARD_LIMIT } from '../shard-limit.ts'
import type { KinesisState } from '../state.ts'
import { streamReference } from '../stream-reference.ts'

/** An on-demand stream begins with these (Developer Guide, "Choose the right mode"). */
const ON_DEMAND_SHARDS = 4

export const createStream: JsonOperation<KinesisState> = operation({
  name: 'CreateStream',
  input: z.object({
    StreamName: streamReference.StreamName.unwrap(),
    ShardCount: z.int().min(1).optional(),
    StreamModeDetails: z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) }).optional(),
    Tags: z.record(z.string(), z.string()).default({}),
    MaxRecordSizeInKiB: maxRecordSize.default(MIN_RECORD_KIB),
  }),
  run(state: KinesisState, { StreamName, ShardCount, StreamModeDetails, Tags, MaxRecordSizeInKiB }) {
    const mode = StreamModeDetails?.StreamMode ?? 'PROVISIONED'
    if (mode === 'PROVISIONED' && ShardCount === undefined)
      throw new AwsError('ValidationException', 'ShardCount must be specified.')
    if (state.streams.has(StreamName)) {
      throw new AwsError(
        'ResourceInUseException',
        `Stream ${StreamName} under account ${state.options.account} already exists.`,
      )
    }
    const shards = mode === 'ON_DEMAND' ? ON_DEMAND_SHARDS : (ShardCount ?? 1)
    const inUse = openShardCount(state)
    if (inUse + shards > SHARD_LIMIT) {
      throw new AwsError(
        'LimitExceededException',
        `This request would exceed the shard limit for the account ${state.options.account} in ` +
          `${state.options.region}. Current shard count for the account: ${inUse}. Limit: ${SHARD_LIMIT}. Number ` +
          `of additional shards that would have resulted from this request: ${shards}.`,
      )
    }
    const stream = state.create({
      name: StreamName,
      createdMs: state.options.now(),
      status: 'CREATING',
      mode,
      retentionHours: 24,
      maxRecordKiB: MaxRecordSizeInKiB,
      encryption: { type: 'NONE' },
      shardMetrics: [],
      tags: Tags,
      removed: [],
      nextShardNumber: 0,
    })
    for (const range of evenRanges(shards)) state.addShard(stream, range, {})
    state.settle(stream, 'CREATING')
  },
})
