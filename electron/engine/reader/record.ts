/** A record as it was read. */
export interface StreamRecord {
  shardId: string
  sequenceNumber: string
  partitionKey: string
  arrivedMs: number
  /** When GetRecords had answered with it. */
  readAtMs: number
  data: Uint8Array
}

/** Data and partition key, in bytes, as Kinesis counts a record. */
export const recordBytes = (record: StreamRecord): number => record.data.length + Buffer.byteLength(record.partitionKey)
