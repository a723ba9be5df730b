import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { type Arrived, type Received, type StreamCounters, sumOf } from '../received.ts'
import { readStreamCounters } from './counters.ts'
import type { ReadMetrics } from './metric-calls.ts'

/** CloudWatch may still add to a minute for a while after its end; what is older than this is not asked for again. */
const SETTLED_MS = 600_000
/** Who was away for longer starts over: the minutes since would not fit into one answer. */
const AWAY_MS = 20 * 3_600_000
/** On AWS the metrics come once a minute, and every metric that is asked for is paid for: an answer holds this long. */
const ESTIMATED_HOLDS_MS = 15_000
/** The clock was set if it differs by more from what passed: what is received now may be of minutes that were over. */
const SET_MS = 1_000
/** Beyond so many periods a shard's oldest are put together by twos. */
const MAX_PERIODS = 4_096

/** What was received before `toMs`, which will not change any more while the clock is not set. */
interface Settled {
  toMs: number
  /** Wall time less monotonic time when it was counted. */
  offsetMs: number
  stream: Received
  shards: ReadonlyMap<string, readonly Arrived[]>
}

/** What a stream received, as `readStreamCounters` gives it, for whoever polls. */
export type ReadArrivals = (
  context: PipelineContext,
  request: { since: Date; shardIds: readonly string[]; signal?: AbortSignal },
) => Promise<StreamCounters>

/**
 * Remembers what a stream received in the minutes that are over, and asks CloudWatch only for those that may still
 * change. A shard that is asked about for the first time came into being after the poll before, so it has nothing in
 * the settled minutes.
 */
export function createArrivals(clock: Clock, readMetrics: ReadMetrics): ReadArrivals {
  const streams = new Map<string, Settled>()
  const newest = new Map<string, { askedMs: number; counters: StreamCounters }>()
  return async (context, request) => {
    const key = `${context.target.id}/${context.spec.source.stream}/${request.since.getTime()}`
    const nowMs = clock.now()
    const askedMs = clock.monotonic()
    const offsetMs = nowMs - askedMs
    const answer = `${key}/${request.shardIds.join()}`
    const last = newest.get(answer)
    if (last?.counters.source.estimated && askedMs - last.askedMs < ESTIMATED_HOLDS_MS) return last.counters

    const known = streams.get(key)
    const holds = known && nowMs - known.toMs < AWAY_MS && Math.abs(offsetMs - known.offsetMs) < SET_MS
    const settled = holds ? { ...known, offsetMs } : nothingBefore(request.since, offsetMs)
    const read = await readStreamCounters(
      context,
      { clock, readMetrics },
      { ...request, since: new Date(settled.toMs) },
    )
    const counters = join(settled, read)
    for (const other of newest.keys()) if (other.startsWith(`${key}/`)) newest.delete(other)
    newest.set(answer, { askedMs, counters })
    // Of two polls at once the first one settles; both answers are whole.
    if (streams.get(key) === known) streams.set(key, settle(settled, read, nowMs - SETTLED_MS))
    return counters
  }
}

const nothingBefore = (since: Date, offsetMs: number): Settled => ({
  toMs: since.getTime(),
  offsetMs,
  stream: { records: 0, bytes: 0 },
  shards: new Map(),
})

function join(settled: Settled, read: StreamCounters): StreamCounters {
  const arrivals = new Map(
    [...read.arrivals].map(([shardId, entries]) => [shardId, [...(settled.shards.get(shardId) ?? []), ...entries]]),
  )
  return {
    ...read,
    stream: add(settled.stream, read.stream),
    partitions: new Map([...arrivals].map(([shardId, entries]) => [shardId, sumOf(entries)])),
    arrivals,
  }
}

function settle(settled: Settled, read: StreamCounters, beforeMs: number): Settled {
  const toMs = Math.floor(beforeMs / read.periodMs) * read.periodMs
  if (toMs <= settled.toMs) return settled
  const over = (entries: readonly Arrived[]) => entries.filter(entry => entry.atMs < toMs)
  return {
    toMs,
    offsetMs: settled.offsetMs,
    stream: add(settled.stream, sumOf(over(read.streamArrivals))),
    shards: new Map(
      [...read.arrivals].map(([shardId, entries]) => [
        shardId,
        shorten([...(settled.shards.get(shardId) ?? []), ...over(entries)]),
      ]),
    ),
  }
}

const add = (a: Received, b: Received): Received => ({ records: a.records + b.records, bytes: a.bytes + b.bytes })

/** Puts the older half together by twos when there are too many. */
export function shorten(entries: readonly Arrived[]): readonly Arrived[] {
  if (entries.length <= MAX_PERIODS) return entries
  const half = Math.floor(entries.length / 4) * 2
  const pairs: Arrived[] = []
  for (let at = 0; at < half; at += 2) {
    const [first, second] = entries.slice(at, at + 2) as [Arrived, Arrived]
    pairs.push({ atMs: first.atMs, lengthMs: second.atMs + second.lengthMs - first.atMs, ...add(first, second) })
  }
  return [...pairs, ...entries.slice(half)]
}
