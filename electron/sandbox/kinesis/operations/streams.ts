import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { evenRanges } from '../hash-space.ts'
import { sequenceAt } from '../sequence-number.ts'
import { arnOf, findStream, type KinesisState } from '../state.ts'
import type { Shard, Stream } from '../stream.ts'
import { MIN_RECORD_KIB, maxRecordSize, streamReference } from './reference.ts'

/**
 * Streams that are CREATING at once (Developer Guide, quotas: five calls a second, ...); shards that one account has by
 * default.
 */
const SHARD_LIMIT = 500
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
    const inUse = [...state.streams.values()].reduce((sum, stream) => sum + stream.open.length, 0)
    if (inUse + shards > SHARD_LIMIT) {
      throw new AwsError(
        'LimitExceededException',
        `This request would exceed the shard limit for the account ${state.options.account} in ${state.options.region}. Current shard count for the account: ${inUse}. Limit: ${SHARD_LIMIT}. Number of additional shards that would have resulted from this request: ${shards}.`,
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

export const deleteStream: JsonOperation<KinesisState> = operation({
  name: 'DeleteStream',
  input: z.object({ ...streamReference, EnforceConsumerDeletion: z.boolean().optional() }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    // Deleting what is being deleted changes nothing.
    if (stream.status !== 'DELETING') state.settle(stream, 'DELETING')
  },
})

export const describeStreamSummary: JsonOperation<KinesisState> = operation({
  name: 'DescribeStreamSummary',
  input: z.object(streamReference),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    return {
      StreamDescriptionSummary: { ...description(state, stream), OpenShardCount: stream.open.length, ConsumerCount: 0 },
    }
  },
})

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

export const listStreams: JsonOperation<KinesisState> = operation({
  name: 'ListStreams',
  input: z.object({
    Limit: z.int().min(1).max(10_000).default(100),
    ExclusiveStartStreamName: z.string().optional(),
    NextToken: z.string().optional(),
  }),
  run(state: KinesisState, { Limit, ExclusiveStartStreamName, NextToken }) {
    const after = NextToken === undefined ? ExclusiveStartStreamName : Buffer.from(NextToken, 'base64').toString('utf8')
    const names = [...state.streams.keys()].sort().filter(name => after === undefined || name > after)
    const page = names.slice(0, Limit)
    const more = names.length > page.length
    return {
      StreamNames: page,
      HasMoreStreams: more,
      ...(more && { NextToken: Buffer.from(page.at(-1) ?? '').toString('base64') }),
      StreamSummaries: page.flatMap(name => {
        const stream = state.streams.get(name)
        return stream
          ? [
              {
                StreamName: name,
                StreamARN: arnOf(state, name),
                StreamStatus: stream.status,
                StreamModeDetails: { StreamMode: stream.mode },
                StreamCreationTimestamp: new Date(stream.createdMs),
              },
            ]
          : []
      }),
    }
  },
})

export const describeLimits: JsonOperation<KinesisState> = operation({
  name: 'DescribeLimits',
  input: z.object({}),
  run(state: KinesisState) {
    const streams = [...state.streams.values()]
    return {
      ShardLimit: SHARD_LIMIT,
      OpenShardCount: streams.reduce((sum, stream) => sum + stream.open.length, 0),
      OnDemandStreamCount: streams.filter(stream => stream.mode === 'ON_DEMAND').length,
      OnDemandStreamCountLimit: 50,
    }
  },
})

function description(state: KinesisState, stream: Stream) {
  return {
    StreamName: stream.name,
    StreamARN: arnOf(state, stream.name),
    StreamStatus: stream.status,
    StreamModeDetails: { StreamMode: stream.mode },
    RetentionPeriodHours: stream.retentionHours,
    StreamCreationTimestamp: new Date(stream.createdMs),
    MaxRecordSizeInKiB: stream.maxRecordKiB,
    EnhancedMonitoring: [{ ShardLevelMetrics: stream.shardMetrics }],
    EncryptionType: stream.encryption.type,
    ...(stream.encryption.keyId && { KeyId: stream.encryption.keyId }),
  }
}

/**
 * A shard as Describe and List give it. A closed one has an ending sequence number: its last, or its start when it took
 * nothing.
 */
export function shardShape(shard: Shard) {
  return {
    ShardId: shard.id,
    ...(shard.parent && { ParentShardId: shard.parent }),
    ...(shard.adjacentParent && { AdjacentParentShardId: shard.adjacentParent }),
    HashKeyRange: { StartingHashKey: String(shard.start), EndingHashKey: String(shard.end) },
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceAt(shard.prefix, 0),
      ...(shard.closedMs !== undefined && {
        EndingSequenceNumber: sequenceAt(shard.prefix, Math.max(0, shard.log.end - 1)),
      }),
    },
  }
}
