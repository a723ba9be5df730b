import type { BatchCounts, QueryProgress, SourceOffset } from '../../shared/job/progress.ts'
import type { PlannedRead } from './source.ts'

export interface FinishedTrigger {
  queryId: string
  runId: string
  name: string
  batchId: number
  /** Wall times. */
  startedMs: number
  committedMs: number
  tookMs: number
  /**
   * For how long the query worked for this trigger alone: since its start, or the end of the batch before when the two
   * overlapped.
   */
  workedMs: number
  /** The interval of the triggers. */
  triggerMs: number
  durationMs: Record<string, number>
  start: SourceOffset | null
  end: SourceOffset
  counts: BatchCounts
  watermarkMs: number | undefined
  eventTime: { min: string; max: string; avg: string } | undefined
  partitions: QueryProgress['sluice']['partitions']
  /** What was read for this batch; idle triggers have none. */
  read?: Pick<PlannedRead, 'sourceRecords' | 'misplaced' | 'reads' | 'gaps'>
  /** As progress names them. */
  source: string
  table: string
}

/** A trigger in the form of Spark's StreamingQueryProgress. */
export function toProgress(trigger: FinishedTrigger): QueryProgress {
  const workedMs = Math.max(1, trigger.workedMs)
  const rates = {
    numInputRows: trigger.counts.read,
    inputRowsPerSecond: (trigger.counts.read * 1000) / Math.max(trigger.triggerMs, workedMs),
    processedRowsPerSecond: (trigger.counts.read * 1000) / workedMs,
  }
  return {
    id: trigger.queryId,
    runId: trigger.runId,
    name: trigger.name,
    timestamp: new Date(trigger.startedMs).toISOString(),
    batchId: trigger.batchId,
    batchDuration: trigger.tookMs,
    ...rates,
    durationMs: trigger.durationMs,
    eventTime: {
      ...trigger.eventTime,
      ...(trigger.watermarkMs !== undefined && { watermark: new Date(trigger.watermarkMs).toISOString() }),
    },
    stateOperators: [],
    sources: [
      {
        description: trigger.source,
        startOffset: trigger.start,
        endOffset: trigger.end,
        latestOffset: trigger.end,
        ...rates,
      },
    ],
    sink: { description: `Redshift[${trigger.table}]`, numOutputRows: trigger.counts.loaded },
    sluice: {
      engine: 'embedded',
      committedAt: new Date(trigger.committedMs).toISOString(),
      counts: trigger.counts,
      partitions: trigger.partitions,
      ...(trigger.read && {
        reads: trigger.read.reads,
        sourceRecords: trigger.read.sourceRecords,
        misplacedRecords: trigger.read.misplaced,
      }),
      retentionGaps: [...(trigger.read?.gaps ?? [])],
    },
  }
}
