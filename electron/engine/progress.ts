import type { BatchCounts, QueryProgress, SourceOffset } from '../../shared/job/progress.ts'

export interface FinishedTrigger {
  queryId: string
  runId: string
  name: string
  batchId: number
  startedMs: number
  endedMs: number
  /** Since the trigger before. */
  sinceLastMs: number
  durationMs: Record<string, number>
  start: SourceOffset | null
  end: SourceOffset
  counts: BatchCounts
  watermarkMs: number | undefined
  eventTime: { min: string; max: string; avg: string } | undefined
  shards: QueryProgress['sluice']['shards']
  stream: string
  table: string
}

const NO_COUNTS: BatchCounts = { read: 0, invalid: 0, late: 0, duplicatesInBatch: 0, staged: 0, duplicatesMatched: 0, loaded: 0 }

export { NO_COUNTS }

/** A trigger in the form of Spark's StreamingQueryProgress. */
export function toProgress(trigger: FinishedTrigger): QueryProgress {
  const durationMs = Math.max(1, trigger.endedMs - trigger.startedMs)
  const rates = {
    numInputRows: trigger.counts.read,
    inputRowsPerSecond: (trigger.counts.read * 1000) / Math.max(1, trigger.sinceLastMs),
    processedRowsPerSecond: (trigger.counts.read * 1000) / durationMs,
  }
  return {
    id: trigger.queryId,
    runId: trigger.runId,
    name: trigger.name,
    timestamp: new Date(trigger.startedMs).toISOString(),
    batchId: trigger.batchId,
    batchDuration: trigger.endedMs - trigger.startedMs,
    ...rates,
    durationMs: trigger.durationMs,
    eventTime: {
      ...trigger.eventTime,
      ...(trigger.watermarkMs !== undefined && { watermark: new Date(trigger.watermarkMs).toISOString() }),
    },
    stateOperators: [],
    sources: [
      {
        description: `Kinesis[${trigger.stream}]`,
        startOffset: trigger.start,
        endOffset: trigger.end,
        latestOffset: trigger.end,
        ...rates,
      },
    ],
    sink: { description: `Redshift[${trigger.table}]`, numOutputRows: trigger.counts.loaded },
    sluice: {
      engine: 'embedded',
      committedAt: new Date(trigger.endedMs).toISOString(),
      counts: trigger.counts,
      shards: trigger.shards,
    },
  }
}
