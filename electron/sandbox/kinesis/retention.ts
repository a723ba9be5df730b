import { receivedByMinute } from './received.ts'
import type { Shard, Stream } from './stream.ts'

/** CloudWatch keeps a metric by the minute for 15 days; older counts of removed records are forgotten. */
const COUNTS_KEPT_MS = 15 * 24 * 3_600_000

/** The time before which records are no longer given. */
const horizonMs = (stream: Stream, nowMs: number): number => nowMs - stream.retentionHours * 3_600_000

/** The first place of a shard that retention still covers. */
export const horizonOf = (stream: Stream, shard: Shard, nowMs: number): number =>
  shard.log.placeAt(horizonMs(stream, nowMs))

/**
 * Removes whole segments that are older than the retention, and closed shards with nothing younger. What they held is
 * counted and saved before anything is removed: a kill between the two removes it at the next opening, and nothing is
 * counted twice.
 */
export function trimStream(stream: Stream, nowMs: number, save: () => void): void {
  const horizon = horizonMs(stream, nowMs)
  const expired = stream.shards.filter(shard => shard.closedMs !== undefined && shard.closedMs < horizon)
  const shortened = stream.shards.filter(
    shard => !expired.includes(shard) && shard.log.trimPlace(horizon) > shard.log.first,
  )
  if (expired.length === 0 && shortened.length === 0) return
  const count = (shard: Shard, to: number) =>
    receivedByMinute(shard.log, shard.log.first, to).map(received => ({ shardId: shard.id, ...received }))
  stream.removed = [
    ...stream.removed.filter(entry => entry.minuteMs >= nowMs - COUNTS_KEPT_MS),
    ...expired.flatMap(shard => count(shard, shard.log.end)),
    ...shortened.flatMap(shard => count(shard, shard.log.trimPlace(horizon))),
  ]
  for (const shard of shortened) shard.firstPlace = shard.log.trimPlace(horizon)
  stream.shards = stream.shards.filter(shard => !expired.includes(shard))
  save()
  for (const shard of shortened) shard.log.dropBefore(shard.firstPlace)
  for (const shard of expired) shard.log.remove()
}
