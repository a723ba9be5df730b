import type { StreamRecord } from '../source.ts'
import { recordBytes } from './record.ts'

/** GetRecords gives at most so many records (API reference, GetRecords). */
const MOST_A_PAGE = 10_000
/**
 * How large the records of a shard are taken to be before one was read: 1 MiB, the most of a record unless the stream
 * was set to take more (API reference, UpdateMaxRecordSize).
 */
const UNKNOWN_RECORD_BYTES = 2 ** 20
/** A page of less than this part of the budget is not worth a call while there are records to go on with. */
const LEAST_PAGE = 1 / 4

/** Of all shards together. The batch that is judged and the one that is committed can be as large once more each. */
const ALL_SHARDS_BYTES = 32 * 2 ** 20
/** So that a stream of very many shards still has pages of some hundred records. */
const LEAST_OF_A_SHARD_BYTES = 256 * 2 ** 10

/** What one of so many shards may have in its buffer. */
export const shareOf = (shards: number): number =>
  Math.max(LEAST_OF_A_SHARD_BYTES, Math.floor(ALL_SHARDS_BYTES / Math.max(1, shards)))

/** Bounds the bytes that are read ahead of the batches from one shard, whatever the size of its records. */
export interface ByteBudget {
  /**
   * How many records the next read may ask for; 0 when it must wait until some are taken. An empty buffer always gets
   * one: what is larger than the budget is read alone.
   */
  limit(): number
  read(records: readonly StreamRecord[]): void
  taken(records: readonly StreamRecord[]): void
}

export function createByteBudget(budgetBytes: number): ByteBudget {
  let heldBytes = 0
  let heldRecords = 0
  /** Of a record of the newest page. */
  let averageBytes = UNKNOWN_RECORD_BYTES
  const sizeOf = (records: readonly StreamRecord[]) => records.reduce((sum, record) => sum + recordBytes(record), 0)
  return {
    limit() {
      const freeBytes = budgetBytes - heldBytes
      const fitting = Math.min(MOST_A_PAGE, Math.floor(freeBytes / Math.max(1, averageBytes)))
      if (heldRecords === 0) return Math.max(1, fitting)
      return freeBytes < budgetBytes * LEAST_PAGE ? 0 : Math.max(0, fitting)
    },
    read(records) {
      const bytes = sizeOf(records)
      heldBytes += bytes
      heldRecords += records.length
      if (records.length > 0) averageBytes = bytes / records.length
    },
    taken(records) {
      heldBytes -= sizeOf(records)
      heldRecords -= records.length
    },
  }
}
