import type { Arrived, Received } from '../sources/received.ts'
import type { Between } from './observed-counts.ts'

/**
 * In which period record number `index` of a partition (0 is its first) was counted; undefined when so many were not.
 */
export function arrivalOf(arrivals: readonly Arrived[], index: number): Between | undefined {
  let before = 0
  for (const { atMs, lengthMs, records } of arrivals) {
    before += records
    if (before > index) return { fromMs: atMs, toMs: atMs + lengthMs }
  }
  return undefined
}

/** What was received before a time; of the period that it is in, the part that is over, as if records came evenly. */
export function receivedBefore(arrivals: readonly Arrived[], atMs: number): Received {
  let [records, bytes] = [0, 0]
  for (const entry of arrivals) {
    const part = Math.min(1, Math.max(0, (atMs - entry.atMs) / entry.lengthMs))
    records += entry.records * part
    bytes += entry.bytes * part
  }
  return { records, bytes }
}
