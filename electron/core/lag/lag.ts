import type { Advice, Lag, lagContract, PartitionLag } from '../../../shared/features/lag.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { type Pace, watching } from '../clock/pace.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import type { ReadBudget } from '../sources/read-budget.ts'
import { type SourceOf, type StreamSource, wordsOf } from '../sources/source.ts'
import { type AdviceInputs, adviseOn } from './advice.ts'
import { catchUpSeconds, measureLag } from './measure.ts'
import { createMemory, type Memory } from './memory.ts'
import { probes } from './probe.ts'
import { foldKnown, totalOf } from './total.ts'
import type { Trend } from './trend.ts'

/** What a stream keeps that does not say it. */
const DAY_MS = 86_400_000
const NO_TREND: Trend = {
  incomingRecordsPerSecond: null,
  incomingBytesPerSecond: null,
  trendRecordsPerSecond: null,
  atCommitRecords: null,
  beforeCommitRecords: null,
}
/** Of a partition that is read to its end. */
const DRAINED = { atCommitRecords: 0, beforeCommitRecords: 0 }

/**
 * How far the pipeline's streaming query is behind on each partition, without a read of the stream; and how far
 * somebody else's consumer is.
 */
export function createLagService(deps: {
  contextOf: ContextOf
  clock: Clock
  pace: Pace
  sourceOf: SourceOf
  budget: ReadBudget
  random: () => number
}): ServiceOf<typeof lagContract> {
  const { contextOf, clock, pace } = deps
  const memories = new Map<string, Memory>()
  const now = (context: PipelineContext, signal: AbortSignal) =>
    lagNow({ source: deps.sourceOf(context), nowMs: clock.now, memoryOf }, context, signal)

  function memoryOf(key: string, estimated: boolean): Memory {
    const known = memories.get(key) ?? createMemory(estimated)
    memories.set(key, known)
    return known
  }

  return {
    now: async (scope, { signal }) => now(await contextOf(scope), signal),
    async *watch({ everyMs, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const poll = context.polls.start('metrics')
      yield* watching({
        ask: () => poll.ask(() => now(context, signal), signal),
        signature,
        everyMs: context.polls.watchMs('metrics', everyMs),
        pace,
        signal,
        random: deps.random,
      })
    },
    async *iteratorAge({ everyMs, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const { readerAges, words } = deps.sourceOf(context)
      if (!readerAges) throw noReaderAges(words.service)
      const poll = context.polls.start('metrics')
      while (!signal.aborted) {
        yield await poll.ask(() => readerAges(signal), signal)
        await clock.sleep(context.polls.watchMs('metrics', everyMs), signal)
      }
    },
    async *probe({ position, everyMs, agreed, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const source = deps.sourceOf(context)
      yield* probes(context, { clock, budget: deps.budget, source }, { position, everyMs, agreed }, signal)
    },
  }
}

interface LagParts {
  source: StreamSource
  nowMs: () => number
  /** What was observed of a stream before, by its name and when it was made. */
  memoryOf: (key: string, estimated: boolean) => Memory
}

/** The lag of the pipeline's query on each partition, its trend and what would help. */
async function lagNow(
  { source, nowMs: clockMs, memoryOf }: LagParts,
  context: PipelineContext,
  signal: AbortSignal,
): Promise<Lag> {
  const [snapshot, progress] = await Promise.all([source.snapshot(signal), latestProgress(context, signal)])
  const { partitions, retentionMs = DAY_MS, since, counters, received } = snapshot
  const { estimated } = counters.source
  const nowMs = clockMs()
  const memory = memoryOf(`${context.target.id}/${context.spec.id}/${since.getTime()}`, estimated)
  memory.observe({ nowMs, received, progress, estimated })
  const measured = measureLag({
    partitions,
    positions: source.positions,
    received,
    arrivals: counters.arrivals,
    observed: memory.observed,
    estimated,
    never: memory.never,
    progress,
    retentionMs,
    nowMs,
  })
  const { triggerMs, maxRecordsPerBatch, query } = context.spec.job
  const trends = memory.trends({
    nowMs,
    triggerMs,
    batchMs: progress?.batchDuration ?? 0,
    committedMs: progress && Date.parse(progress.sluice.committedAt),
    partitions: measured
      .filter(lag => lag.state !== 'drained')
      .map(lag => ({
        ...lag,
        received: received.get(lag.partitionId),
        committedRecords: committedOf(lag.partitionId, progress),
      })),
  })
  const lags = measured.map((lag): PartitionLag => {
    const trend = trends.partitions.get(lag.partitionId) ?? { ...NO_TREND, ...(lag.state === 'drained' && DRAINED) }
    return { ...lag, ...trend, catchUpSeconds: catchUpSeconds(lag.behindRecords, trend.trendRecordsPerSecond) }
  })
  const total = totalOf(lags)
  const live = lags.filter(lag => lag.state !== 'drained')
  const sum = (of: (lag: PartitionLag) => number | null) => foldKnown(live.map(of), (a, b) => a + b)
  const inputs = {
    ...total,
    incomingRecordsPerSecond: sum(lag => lag.incomingRecordsPerSecond),
    incomingBytesPerSecond: sum(lag => lag.incomingBytesPerSecond),
    openPartitions: partitions.filter(({ open }) => open).length,
    triggerMs,
    maxRecordsPerBatch,
    progress,
    nowMs,
    source,
  }
  return {
    at: new Date(nowMs).toISOString(),
    consumer: query,
    partitions: lags,
    words: wordsOf(source.words),
    total,
    retentionHours: retentionMs / 3_600_000,
    trendRecordsPerSecond: trends.total,
    catchUpSeconds: catchUpSeconds(total.behindRecords, trends.total),
    advice: await adviseWithThrottles(source, inputs, signal),
    gaps: [...memory.gaps],
    sources: [
      counters.source,
      ...(progress
        ? [{ name: 'progress of the streaming query', estimated: false, at: progress.sluice.committedAt }]
        : []),
    ],
  }
}

const noReaderAges = (service: string): ExpectedError =>
  new ExpectedError({
    code: 'unavailable',
    message: `${service} does not say how old what its readers read last is.`,
    hint: 'Measure it by a probe.',
    retryable: false,
  })

/** Throttled reads are asked for only where they may be why. */
async function adviseWithThrottles(source: StreamSource, inputs: AdviceInputs, signal: AbortSignal): Promise<Advice> {
  const advice = adviseOn(inputs)
  if (advice.limit !== 'reading') return advice
  return adviseOn({ ...inputs, throttledReads: await source.throttledReads(signal) })
}

/** Records of a partition in the newest batch; none of an idle trigger, nor of a first one, which has no start. */
function committedOf(partitionId: string, progress: QueryProgress | undefined): number {
  const [source] = progress?.sources ?? []
  const start = source?.startOffset?.[partitionId]
  const end = source?.endOffset[partitionId]
  return start && end ? Math.max(0, end.records - start.records) : 0
}

/** What a lag says, without what changes by itself: the age of what waits grows with time. */
const signature = ({ partitions }: Lag): string =>
  JSON.stringify(
    partitions.map(partition => [
      partition.partitionId,
      partition.state,
      partition.position,
      partition.behindRecords,
      partition.lostRecords,
      Math.round(partition.incomingRecordsPerSecond ?? 0),
    ]),
  )
