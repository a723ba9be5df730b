import type { Lag, lagContract, ShardLag } from '../../../shared/features/lag.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import { describeStream, isOpen } from '../aws/describe-stream.ts'
import { latestProgress } from '../aws/job-progress.ts'
import { readStreamCounters } from '../aws/stream-counters.ts'
import { type Pace, watching } from '../pace.ts'
import type { Clock, ContextOf, PipelineContext } from '../pipeline-context.ts'
import { catchUpSeconds, measureLag } from './measure.ts'
import { createTrends, type Trend } from './trend.ts'

const NO_TREND: Trend = { incomingRecordsPerSecond: null, incomingBytesPerSecond: null, trendRecordsPerSecond: null }

/** How far the pipeline's streaming query is behind on each shard, without a read of the stream. */
export function createLagService(deps: {
  contextOf: ContextOf
  clock: Clock
  pace: Pace
  random: () => number
}): ServiceOf<typeof lagContract> {
  const { contextOf, clock, pace } = deps
  const seen = new Map<string, ReturnType<typeof createTrends>>()

  async function now(context: PipelineContext, signal: AbortSignal): Promise<Lag> {
    const [{ summary, shards }, progress] = await Promise.all([describeStream(context, signal), latestProgress(context, signal)])
    const known = shards.flatMap(shard => (shard.ShardId ? [{ id: shard.ShardId, open: isOpen(shard) }] : []))
    const counters = await readStreamCounters(context, clock, {
      since: summary.StreamCreationTimestamp ?? new Date(clock.now()),
      shardIds: known.map(shard => shard.id),
      signal,
    })
    const nowMs = clock.now()
    const measured = measureLag({ shards: known, received: counters.shards, progress, nowMs })
    const trends = trendsOf(`${context.target.id}/${context.spec.id}`)({
      nowMs,
      committedMs: progress && Date.parse(progress.sluice.committedAt),
      shards: measured
        .filter(lag => lag.state !== 'drained')
        .map(lag => ({ ...lag, receivedBytes: counters.shards.get(lag.shardId)?.bytes })),
    })
    const lags = measured.map((lag): ShardLag => {
      const trend = trends.shards.get(lag.shardId) ?? NO_TREND
      return { ...lag, ...trend, catchUpSeconds: catchUpSeconds(lag.behindRecords, trend.trendRecordsPerSecond) }
    })
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
    return {
      at: new Date(nowMs).toISOString(),
      consumer: context.spec.job.query,
      shards: lags,
      total,
      trendRecordsPerSecond: trends.total,
      catchUpSeconds: catchUpSeconds(total.behindRecords, trends.total),
      sources: [
        counters.source,
        ...(progress ? [{ name: 'progress of the streaming query', estimated: false, at: progress.sluice.committedAt }] : []),
      ],
    }
  }

  function trendsOf(key: string): ReturnType<typeof createTrends> {
    const known = seen.get(key) ?? createTrends()
    seen.set(key, known)
    return known
  }

  return {
    now: async (scope, { signal }) => now(await contextOf(scope), signal),
    async *watch({ everyMs, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const signature = ({ shards }: Lag) => JSON.stringify(shards)
      yield* watching({ ask: () => now(context, signal), signature, everyMs, pace, signal, random: deps.random })
    },
  }
}

/** Folds the values that are known; null when one is not, because a total without it would be a lie. */
function foldKnown(values: readonly (number | null)[], fold: (a: number, b: number) => number): number | null {
  const known = values.filter(value => value !== null)
  return known.length === values.length && known.length > 0 ? known.reduce((a, b) => fold(a, b)) : null
}
