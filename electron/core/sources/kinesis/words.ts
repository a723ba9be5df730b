import { SHARD_LIMITS } from '../../../../shared/kinesis-limits.ts'
import type { ReadLimits, SourceWords } from '../source.ts'

/** As the Kinesis Data Streams Developer Guide and API reference name them. */
export const KINESIS_WORDS: SourceWords = {
  service: 'Kinesis',
  partition: 'shard',
  partitions: 'shards',
  calls: {
    state: 'DescribeStreamSummary',
    partitions: 'ListShards',
    retention: 'RetentionPeriodHours',
    arrived: 'ApproximateArrivalTimestamp',
    read: 'GetRecords',
  },
}

export const KINESIS_LIMITS: ReadLimits = {
  bytesPerSecond: SHARD_LIMITS.readBytesPerSecond,
  readsPerSecond: SHARD_LIMITS.readsPerSecond,
  recordsPerRead: SHARD_LIMITS.recordsPerRead,
  statedBy: 'Kinesis quotas: 2 MiB/s and 5 reads/s, all readers together',
}
