/** What is in the buffer of one shard, as the choice of a batch sees it. */
export interface Waiting {
  shardId: string
  /** Arrival times, in order. */
  arrivals: readonly number[]
  /**
   * The shard holds more than its buffer: records that arrived at this time (epoch ms) or later are still to be read. 0
   * when it was never read; undefined when it is known to hold no more.
   */
  unreadFromMs: number | undefined
}

/**
 * How many records of each shard go into the next batch: at most `max` in all, up to one moment of arrival for all
 * shards alike. So no shard runs ahead of the others in event time, which would make the records of the slower ones
 * late. Nothing, when a shard with unread records has none in its buffer that are as old as those of the others: its
 * next read decides.
 */
export function chooseCounts(waiting: readonly Waiting[], max: number): Map<string, number> {
  const heads = waiting.filter(entry => entry.arrivals.length > 0)
  const horizon = Math.min(
    ...waiting.flatMap(({ arrivals, unreadFromMs }) =>
      unreadFromMs === undefined ? [] : (arrivals.at(-1) ?? unreadFromMs),
    ),
    Number.MAX_SAFE_INTEGER,
  )
  const upTo = (atMs: number) => new Map(heads.map(entry => [entry.shardId, countUpTo(entry.arrivals, atMs)]))
  const total = (counts: Map<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0)
  const all = upTo(horizon)
  if (total(all) <= max) return all
  let low = Math.min(...heads.map(entry => entry.arrivals[0] ?? 0))
  let high = horizon === Number.MAX_SAFE_INTEGER ? Math.max(...heads.map(entry => entry.arrivals.at(-1) ?? 0)) : horizon
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (total(upTo(middle)) <= max) low = middle
    else high = middle
  }
  const chosen = upTo(low)
  if (total(chosen) > 0 && total(chosen) <= max) return chosen
  // More records than fit arrived within one millisecond: an even share of each.
  const share = Math.max(1, Math.floor(max / heads.length))
  return new Map(heads.map(entry => [entry.shardId, Math.min(share, countUpTo(entry.arrivals, high))]))
}

function countUpTo(arrivals: readonly number[], atMs: number): number {
  let low = 0
  let high = arrivals.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((arrivals[middle] ?? 0) <= atMs) low = middle + 1
    else high = middle
  }
  return low
}
