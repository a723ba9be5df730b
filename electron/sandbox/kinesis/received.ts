import type { ShardLog } from './shard-log.ts'

/** What a shard received in a minute, data and key bytes. */
export interface Received {
  minuteMs: number
  records: number
  sizeBytes: number
}

const MINUTE_MS = 60_000

/**
 * The records in [from, to) of a log, by the minute of their arrival, oldest first; minutes without any are left out.
 */
export function receivedByMinute(log: ShardLog, from: number, to: number): Received[] {
  const minutes: Received[] = []
  for (let place = Math.max(from, log.first); place < to; ) {
    const minuteMs = Math.floor(log.arrivalAt(place) / MINUTE_MS) * MINUTE_MS
    const next = Math.min(to, log.placeAt(minuteMs + MINUTE_MS))
    minutes.push({ minuteMs, records: next - place, sizeBytes: log.sizeOf(place, next) })
    place = next
  }
  return minutes
}
