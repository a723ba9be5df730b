/**
 * What one shard gives and takes (Kinesis Data Streams Developer Guide, "Quotas and limits"; API reference,
 * GetRecords). The guide writes MB, the service counts in MiB. Reading is shared by all readers but those with enhanced
 * fan-out.
 */
export const SHARD_LIMITS = {
  writeRecordsPerSecond: 1_000,
  writeBytesPerSecond: 1_048_576,
  readBytesPerSecond: 2 * 1_048_576,
  readsPerSecond: 5,
  recordsPerRead: 10_000,
} as const
