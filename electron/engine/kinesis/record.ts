import type { GetRecordsCommandOutput } from '@aws-sdk/client-kinesis'
import type { StreamRecord } from '../source.ts'

/** Data and partition key, in bytes, as Kinesis counts a record. */
export const recordBytes = (record: StreamRecord): number => record.data.length + Buffer.byteLength(record.partitionKey)

/** The records of an answer of GetRecords. */
export const recordsOf = (shardId: string, page: GetRecordsCommandOutput, readAtMs: number): StreamRecord[] =>
  (page.Records ?? []).map(record => ({
    partitionId: shardId,
    offset: record.SequenceNumber ?? '',
    partitionKey: record.PartitionKey ?? '',
    arrivedMs: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
    readAtMs,
    data: record.Data ?? new Uint8Array(),
  }))
