import type { Source } from '../../../shared/features/scope.ts'

export interface Received {
  records: number
  bytes: number
}

/** What was received in one period of a source's counters, [atMs, atMs + lengthMs). */
export interface Arrived extends Received {
  atMs: number
  lengthMs: number
}

/** What a stream counted of what it received. */
export interface StreamCounters {
  stream: Received
  partitions: ReadonlyMap<string, Received>
  /** By partition, oldest first; periods without a record are left out. */
  arrivals: ReadonlyMap<string, readonly Arrived[]>
  streamArrivals: readonly Arrived[]
  /** How long the periods are. */
  periodMs: number
  source: Source
}

/** All that was received in some periods. */
export function sumOf(entries: readonly Arrived[]): Received {
  let [records, bytes] = [0, 0]
  for (const entry of entries) {
    records += entry.records
    bytes += entry.bytes
  }
  return { records, bytes }
}
