import { SHARD_LIMITS } from '../../../../shared/kinesis-limits.ts'
import { SOURCE_WORDS } from '../../../../shared/pipelines/source-words.ts'
import type { CalledWords, ReadLimits } from '../source.ts'

/** Its calls as the API reference of Kinesis Data Streams names them. */
export const KINESIS_WORDS: CalledWords = {
  ...SOURCE_WORDS.kinesis,
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

export const KINESIS_WRITE_LIMITS = {
  recordsPerSecond: SHARD_LIMITS.writeRecordsPerSecond,
  bytesPerSecond: SHARD_LIMITS.writeBytesPerSecond,
}
