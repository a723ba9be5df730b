import type { Shard, StreamDescriptionSummary } from '@aws-sdk/client-kinesis'
import type { QueryProgress, SourceOffset } from '../../../shared/job/progress.ts'
import type { Clock } from '../clock/clock.ts'
import { isNotFound, toAppError } from '../errors/expected-error.ts'
import { lacksKinesisRecords, RECORDS_OF_BATCH, UNCOUNTED_BATCHES } from '../ledgers/redshift/batch-table.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import { readStreamCounters, type StreamCounters } from '../sources/kinesis/counters.ts'
import { describeStream } from '../sources/kinesis/describe-stream.ts'
import { runStatement } from '../statements/run-statement.ts'
import { type CheckpointEntries, readEntries } from './entries.ts'
import { EXPIRED, type Standing, standings } from './standing.ts'

/** A step that is pending or runs on the checkpoint. */
export interface UsingStep {
  stepId: string
  clusterId: string
  state: string
}

/** What the batch table has of one query. */
export interface LoadedQuery {
  queryId: string
  newestBatchId: number
  batches: number
  /** Records of the stream that the batches read; of batches that did not count them, their rows. */
  readRecords: number
  /** Batches that did not count them. */
  uncountedBatches: number
  loadedRows: number
}

/** `lacks-column`: the table cannot take a batch before it has the column `kinesis_records`. */
export type WarehouseFacts =
  | { state: 'read'; queries: LoadedQuery[] }
  | { state: 'lacks-column' }
  | { state: 'unknown'; why: string }

export interface StreamFacts {
  summary: StreamDescriptionSummary
  shards: Shard[]
  createdMs: number
  retentionMs: number
  /** Records that arrived before this are gone. */
  horizonMs: number
  counters: StreamCounters
  standings: Standing[]
}

/** All that the verdicts and choices are drawn from, as it was at one moment. */
export interface CheckpointFacts {
  nowMs: number
  entries: CheckpointEntries
  /** Where the newest batch ends whose entries can be read; empty when there is none. */
  offset: SourceOffset
  /** Undefined when there is no stream. */
  stream: StreamFacts | undefined
  warehouse: WarehouseFacts
  progress: QueryProgress | undefined
  step: UsingStep | undefined
  /** When the newest step before ended. */
  stepEndedMs: number | undefined
}

export interface FactsDeps {
  clock: Clock
  stepsOnCheckpoint: (context: PipelineContext, signal: AbortSignal) => Promise<{ using?: UsingStep; endedMs?: number }>
}

/** Looks at checkpoint, stream, counters, batch table and steps. Reads no records. */
export async function gatherFacts(
  deps: FactsDeps,
  context: PipelineContext,
  signal: AbortSignal,
): Promise<CheckpointFacts> {
  const { clock } = deps
  const entries = await readEntries(context, signal)
  const offset = entries.standsAt
  const [stream, warehouse, progress, steps] = await Promise.all([
    streamFacts(context, clock, offset, signal),
    warehouseFacts(context, clock, signal),
    latestProgress(context, signal),
    deps.stepsOnCheckpoint(context, signal),
  ])
  return {
    nowMs: clock.now(),
    entries,
    offset,
    stream,
    warehouse,
    progress,
    step: steps.using,
    stepEndedMs: steps.endedMs,
  }
}

/** The stream as it is, held against positions. Undefined when there is none. */
export async function streamFacts(
  context: PipelineContext,
  clock: Clock,
  offset: SourceOffset,
  signal: AbortSignal,
): Promise<StreamFacts | undefined> {
  try {
    const { summary, shards } = await describeStream(context, signal)
    const createdMs = summary.StreamCreationTimestamp?.getTime() ?? clock.now()
    const retentionMs = (summary.RetentionPeriodHours ?? 24) * 3_600_000
    const horizonMs = clock.now() - retentionMs
    const shardIds = [
      ...new Set([
        ...shards.flatMap(shard => shard.ShardId ?? []),
        ...Object.keys(offset).filter(id => id !== EXPIRED),
      ]),
    ]
    const counters = await readStreamCounters(context, clock, { since: new Date(createdMs), shardIds, signal })
    return {
      summary,
      shards,
      createdMs,
      retentionMs,
      horizonMs,
      counters,
      standings: standings({ offset, shards, counters, horizonMs }),
    }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/**
 * The batch table by query. That it cannot be asked is a fact, too: a warehouse may be away while the checkpoint is
 * fine.
 */
async function warehouseFacts(context: PipelineContext, clock: Clock, signal: AbortSignal): Promise<WarehouseFacts> {
  const { schema, batchTable } = context.spec.sink
  try {
    const { rows } = await runStatement(
      context,
      clock,
      `select query_id, max(batch_id), count(*), sum(${RECORDS_OF_BATCH}), ${UNCOUNTED_BATCHES}, sum(loaded_rows) from ${schema}.${batchTable} group by query_id`,
      { signal, name: 'checkpoint-preflight' },
    )
    return {
      state: 'read',
      queries: rows.map(([queryId, newestBatchId, batches, readRecords, uncountedBatches, loadedRows]) => ({
        queryId: String(queryId),
        newestBatchId: Number(newestBatchId),
        batches: Number(batches),
        readRecords: Number(readRecords),
        uncountedBatches: Number(uncountedBatches),
        loadedRows: Number(loadedRows),
      })),
    }
  } catch (error) {
    const { code, message } = toAppError(error)
    if (lacksKinesisRecords(message)) return { state: 'lacks-column' }
    if (signal.aborted || code === 'internal' || code === 'cancelled') throw error
    return { state: 'unknown', why: message.split('\n')[0] ?? message }
  }
}
