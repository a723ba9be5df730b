import type { Lag, lagContract } from '../../../shared/features/lag.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import { describeStream, isOpen } from '../aws/describe-stream.ts'
import { latestProgress } from '../aws/job-progress.ts'
import { readStreamCounters } from '../aws/stream-counters.ts'
import type { Clock, ContextOf, PipelineContext } from '../pipeline-context.ts'
import { catchUpSeconds, measureLag, type TrendPoint, trendOf } from './measure.ts'

/** The trend is over the last minute of what was seen, by whoever asked. */
const TREND_MS = 60_000

/** How far the pipeline's streaming query is behind on each shard, without a read of the stream. */
export function createLagService({ contextOf, clock }: { contextOf: ContextOf; clock: Clock }): ServiceOf<typeof lagContract> {
  const seen = new Map<string, TrendPoint[]>()

  async function now(context: PipelineContext, signal: AbortSignal): Promise<Lag> {
    const [{ summary, shards }, progress] = await Promise.all([describeStream(context, signal), latestProgress(context, signal)])
    const known = shards.flatMap(shard => (shard.ShardId ? [{ id: shard.ShardId, open: isOpen(shard) }] : []))
    const counters = await readStreamCounters(context, clock, {
      since: summary.StreamCreationTimestamp ?? new Date(clock.now()),
      shardIds: known.map(shard => shard.id),
      signal,
    })
    const nowMs = clock.now()
    const lags = measureLag({ shards: known, received: counters.shards, progress, nowMs })
    const total = {
      behindMs: foldKnown(
        lags.map(lag => lag.behindMs),
        Math.max,
      ),
      behindRecords: foldKnown(
        lags.map(lag => lag.behindRecords),
        (a, b) => a + b,
      ),
      behindBytes: foldKnown(
        lags.map(lag => lag.behindBytes),
        (a, b) => a + b,
      ),
    }
    const trend = remember(`${context.target.id}/${context.spec.id}`, nowMs, total.behindRecords)
    return {
      at: new Date(nowMs).toISOString(),
      consumer: context.spec.job.query,
      shards: lags,
      total,
      trendRecordsPerSecond: trend,
      catchUpSeconds: catchUpSeconds(total.behindRecords, trend),
      sources: [
        counters.source,
        ...(progress ? [{ name: 'progress of the streaming query', estimated: false, at: progress.sluice.committedAt }] : []),
      ],
    }
  }

  function remember(key: string, atMs: number, records: number | null): number | null {
    const points = (seen.get(key) ?? []).filter(point => point.atMs > atMs - TREND_MS)
    if (records !== null) points.push({ atMs, records })
    seen.set(key, points)
    return trendOf(points)
  }

  return {
    now: async (scope, { signal }) => now(await contextOf(scope), signal),
    async *watch({ everyMs, ...scope }, { signal }) {
      const context = await contextOf(scope)
      while (!signal.aborted) {
        yield await now(context, signal)
        await clock.sleep(everyMs, signal)
      }
    },
  }
}

/** Folds the values that are known; null when one is not, because a total without it would be a lie. */
function foldKnown(values: readonly (number | null)[], fold: (a: number, b: number) => number): number | null {
  const known = values.filter(value => value !== null)
  return known.length === values.length && known.length > 0 ? known.reduce((a, b) => fold(a, b)) : null
}
