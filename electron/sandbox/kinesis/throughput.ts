/**
 * What a shard takes and gives a second (Amazon Kinesis Data Streams Developer Guide, "Quotas and limits"): in 1,000
 * records and 1 MiB, out 2 MiB and 5 GetRecords calls.
 */
const IN_RECORDS = 1_000
const IN_BYTES = 1024 * 1024
const OUT_BYTES = 2 * 1024 * 1024
const OUT_CALLS = 5

/**
 * A bucket that holds a second's worth and fills steadily. It may go below zero: what was read is paid off before the
 * next read.
 */
interface Bucket {
  perSecond: number
  tokens: number
  filledMs: number
}
const bucket = (perSecond: number): Bucket => ({ perSecond, tokens: perSecond, filledMs: Number.NEGATIVE_INFINITY })

function fill(entry: Bucket, nowMs: number): number {
  const gained = entry.filledMs === Number.NEGATIVE_INFINITY ? 0 : ((nowMs - entry.filledMs) / 1000) * entry.perSecond
  entry.tokens = Math.min(entry.perSecond, entry.tokens + Math.max(0, gained))
  entry.filledMs = Math.max(nowMs, entry.filledMs)
  return entry.tokens
}

export interface ShardThroughput {
  /** Takes room for one record, or says no and takes nothing. */
  takeRecord(sizeBytes: number, nowMs: number): boolean
  /** Takes one GetRecords call; says no while a former read is not paid off. */
  takeRead(nowMs: number): boolean
  /** Charges what a read gave: up to 10 MiB at once, five seconds' worth. */
  chargeRead(sizeBytes: number): void
}

/** The limits of one shard; they start over with the process. */
export function shardThroughput(): ShardThroughput {
  const records = bucket(IN_RECORDS)
  const bytesIn = bucket(IN_BYTES)
  const bytesOut = bucket(OUT_BYTES)
  const calls = bucket(OUT_CALLS)
  return {
    takeRecord(sizeBytes, nowMs) {
      if (fill(records, nowMs) < 1 || fill(bytesIn, nowMs) < Math.min(sizeBytes, IN_BYTES)) return false
      records.tokens -= 1
      bytesIn.tokens -= sizeBytes
      return true
    },
    takeRead(nowMs) {
      if (fill(calls, nowMs) < 1 || fill(bytesOut, nowMs) <= 0) return false
      calls.tokens -= 1
      return true
    },
    chargeRead(sizeBytes) {
      bytesOut.tokens -= sizeBytes
    },
  }
}

/** No limits: everything fits. */
export const unlimitedThroughput: ShardThroughput = {
  takeRecord: () => true,
  takeRead: () => true,
  chargeRead: () => undefined,
}
