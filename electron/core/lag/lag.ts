import type { Advice, Lag, lagContract, ShardLag } from '../../../shared/features/lag.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { type Pace, watching } from '../clock/pace.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import type { Received, StreamCounters } from '../sources/kinesis/counters.ts'
import { isOpen, type StreamState } from '../sources/kinesis/describe-stream.ts'
import { iteratorAges } from '../sources/kinesis/iterator-age.ts'
import type { LookAtStream } from '../sources/kinesis/snapshots.ts'
import { createRefusedReads } from '../sources/kinesis/throttled-reads.ts'
import type { ReadBudget } from '../sources/read-budget.ts'
import { type AdviceInputs, adviseOn } from './advice.ts'
import { catchUpSeconds, measureLag } from './measure.ts'
import { createMemory, type Memory } from './memory.ts'
import { probes } from './probe.ts'
import { foldKnown, totalOf } from './total.ts'
import type { Trend } from './trend.ts'

const NO_TREND: Trend = { incomingRecordsPerSecond: null, incomingBytesPerSecond: null, trendRecordsPerSecond: null }

/**
 * How far the pipeline's streaming query is behind on each shard, without a read of the stream; and how far somebody
 * else's consumer is.
 */
export function createLagService(deps: {
  contextOf: ContextOf
  clock: Clock
  pace: Pace
  lookAtStream: LookAtStream
  budget: ReadBudget
  random: () => number
}): ServiceOf<typeof lagContract> {
  const { contextOf, clock, pace } = deps
  const memories = new Map<string, Memory>()
  const refusedReads = createRefusedReads(clock)

  async function now(context: PipelineContext, signal: AbortSignal): Promise<Lag> {
    const [{ summary, shards, since, counters }, progress] = await Promise.all([
      deps.lookAtStream(context, signal),
      latestProgress(context, signal),
    ])
    const known = shards.flatMap(shard =>
      shard.ShardId
        ? [
            {
              id: shard.ShardId,
              open: isOpen(shard),
              parents: [shard.ParentShardId, shard.AdjacentParentShardId].flatMap(parent => parent ?? []),
            },
          ]
        : [],
    )
    const { estimated } = counters.source
    const received = countsByShard({ summary, shards }, counters)
    const nowMs = clock.now()
    const memory = memoryOf(`${context.target.id}/${context.spec.id}/${since.getTime()}`, estimated)
    memory.look({ nowMs, received, progress, estimated })
    const retentionHours = summary.RetentionPeriodHours ?? 24
    const measured = measureLag({
      shards: known,
      received,
      arrivals: counters.arrivals,
      looks: memory.looks,
      estimated,
      never: memory.never,
      progress,
      retentionMs: retentionHours * 3_600_000,
      nowMs,
    })
    const { triggerMs, maxRecordsPerBatch, query } = context.spec.job
    const trends = memory.trends({
      nowMs,
      triggerMs,
      batchMs: progress?.batchDuration ?? 0,
      committedMs: progress && Date.parse(progress.sluice.committedAt),
      shards: measured
        .filter(lag => lag.state !== 'drained')
        .map(lag => ({ ...lag, received: received.get(lag.shardId) })),
    })
    const lags = measured.map((lag): ShardLag => {
      const trend = trends.shards.get(lag.shardId) ?? NO_TREND
      return { ...lag, ...trend, catchUpSeconds: catchUpSeconds(lag.behindRecords, trend.trendRecordsPerSecond) }
    })
    const total = totalOf(lags)
    /** Reads that were refused are asked for only where they may be why. */
    const advise = async (inputs: AdviceInputs): Promise<Advice> => {
      const advice = adviseOn(inputs)
      return advice.limit === 'reading'
        ? adviseOn({ ...inputs, refusedReads: await refusedReads(context, signal) })
        : advice
    }
    const live = lags.filter(lag => lag.state !== 'drained')
    const sum = (of: (lag: ShardLag) => number | null) => foldKnown(live.map(of), (a, b) => a + b)
    return {
      at: new Date(nowMs).toISOString(),
      consumer: query,
      shards: lags,
      total,
      retentionHours,
      trendRecordsPerSecond: trends.total,
      catchUpSeconds: catchUpSeconds(total.behindRecords, trends.total),
      advice: await advise({
        ...total,
        incomingRecordsPerSecond: sum(lag => lag.incomingRecordsPerSecond),
        incomingBytesPerSecond: sum(lag => lag.incomingBytesPerSecond),
        openShards: known.filter(shard => shard.open).length,
        triggerMs,
        maxRecordsPerBatch,
        progress,
        nowMs,
      }),
      gaps: [...memory.gaps],
      sources: [
        counters.source,
        ...(progress
          ? [{ name: 'progress of the streaming query', estimated: false, at: progress.sluice.committedAt }]
          : []),
      ],
    }
  }

  function memoryOf(key: string, estimated: boolean): Memory {
    const known = memories.get(key) ?? createMemory(estimated)
    memories.set(key, known)
    return known
  }

  return {
    now: async (scope, { signal }) => now(await contextOf(scope), signal),
    async *watch({ everyMs, ...scope }, { signal }) {
      const context = await contextOf(scope)
      yield* watching({ ask: () => now(context, signal), signature, everyMs, pace, signal, random: deps.random })
    },
    async *iteratorAge({ everyMs, ...scope }, { signal }) {
      yield* iteratorAges(await contextOf(scope), clock, everyMs, signal)
    },
    async *probe({ position, everyMs, agreed, ...scope }, { signal }) {
      yield* probes(await contextOf(scope), { clock, budget: deps.budget }, { position, everyMs, agreed }, signal)
    },
  }
}

/** What a look says, without what every look has anew: the age of what waits grows by itself. */
const signature = ({ shards }: Lag): string =>
  JSON.stringify(
    shards.map(shard => [
      shard.shardId,
      shard.state,
      shard.position,
      shard.behindRecords,
      shard.lostRecords,
      Math.round(shard.incomingRecordsPerSecond ?? 0),
    ]),
  )

/**
 * The count of each shard. Without enhanced monitoring there is none, and the metrics of a shard answer with nothing at
 * all, as those of a shard do that received nothing: so a stream of one shard is counted as a whole, and of others
 * nothing is known.
 */
function countsByShard({ summary, shards }: StreamState, counters: StreamCounters): ReadonlyMap<string, Received> {
  const metrics = new Set<string>(summary.EnhancedMonitoring?.flatMap(entry => entry.ShardLevelMetrics ?? []))
  if (['IncomingRecords', 'IncomingBytes'].every(metric => metrics.has(metric) || metrics.has('ALL')))
    return counters.shards
  const [only, ...others] = shards
  return only?.ShardId && others.length === 0 ? new Map([[only.ShardId, counters.stream]]) : new Map()
}
