import { sequenceAt } from './sequence-number.ts'
import { arnOf, type KinesisState } from './state.ts'
import type { Shard, Stream } from './stream.ts'

/** What DescribeStream and DescribeStreamSummary say alike. */
export function description(state: KinesisState, stream: Stream) {
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
