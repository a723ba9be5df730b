import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { transactionOf } from '../../shared/job/fill-statement.ts'
import { tableOf } from '../../shared/job/plan.ts'
import type { BatchCounts, SourceOffset } from '../../shared/job/progress.ts'
import type { Times } from '../../shared/time/times.ts'
import type { PlannedBatch } from './checkpoint/checkpoint.ts'
import { PURGE_EVERY, publishProgress, purgeOldBatches, uploadStaged, writeQuarantine } from './output.ts'
import { toProgress } from './progress.ts'
import { type ClassifiedBatch, classifyBatch } from './rules/batch.ts'
import type { RunningQuery } from './running-query.ts'
import type { PlannedRead } from './source.ts'

/** A moment on both clocks: the wall clock says when it was, and the monotonic one (`at`) how long something took. */
export interface Moment {
  wallMs: number
  at: number
}
export const momentOf = ({ now, monotonic }: Times): Moment => ({ wallMs: now(), at: monotonic() })

/** A batch that was judged and not yet written anywhere but into a file of this process. */
export interface PreparedBatch {
  plan: PlannedBatch
  read: PlannedRead
  classified: ClassifiedBatch
  stagedFile: string
  started: Moment
  readMs: number
  classifyMs: number
}

/** Judges the records of a batch. Nothing that outlives the process is written: that is `commitBatch`. */
export async function prepareBatch(
  query: RunningQuery,
  batch: { batchId: number; watermarkMs: number | undefined; read: PlannedRead; started: Moment },
): Promise<PreparedBatch> {
  const { batchId, watermarkMs, read, started } = batch
  const readAt = query.monotonic()
  const stagedFile = join(query.folder, `batch-${batchId}.parquet`)
  const classified = await classifyBatch(query.duckdb, query.plan, {
    batchId,
    records: read.records,
    watermarkMs,
    stagedFile,
  })
  return {
    plan: { batchId, end: read.end, watermarkMs, coveredUntilMs: read.coveredUntilMs },
    read,
    classified,
    stagedFile,
    started,
    readMs: took(started.at, readAt),
    classifyMs: took(readAt, query.monotonic()),
  }
}

export interface BatchBefore {
  /** When the batch before was committed, by the monotonic clock; undefined for the first of this process. */
  endedAt: number | undefined
  /** Greatest event time of all committed batches. */
  maxEventTimeMs: number | undefined
}

/**
 * Writes a batch: its plan, its files, its transaction, its commit. All of it has the same names and content when it is
 * done again, so a batch whose plan was found in the checkpoint (`planned`) goes the same way. Returns what the next
 * batch has before it.
 */
export async function commitBatch(
  query: RunningQuery,
  prepared: PreparedBatch,
  before: BatchBefore,
  origin: 'new' | 'planned',
): Promise<BatchBefore> {
  const { args, now, monotonic, checkpoint } = query
  const { plan, read, classified, stagedFile, started } = prepared
  const { batchId, watermarkMs } = plan
  const beganAt = monotonic()
  if (origin === 'new') await checkpoint.plan(plan)
  const plannedAt = monotonic()
  const [staged] = await Promise.all([
    classified.counts.staged > 0 ? uploadStaged(query, batchId, stagedFile) : undefined,
    writeQuarantine(query, batchId, 'invalid', read.records, classified.quarantine.invalid),
    writeQuarantine(query, batchId, 'late', read.records, classified.quarantine.late),
  ])
  const stagedAt = monotonic()
  const [duplicatesMatched = 0, loaded = 0] = await query.sink.commit(
    `${query.queryId}/${batchId}`,
    transactionOf(query.plan, {
      queryId: query.queryId,
      batchId,
      counts: classified.counts,
      sourceRecords: read.sourceRecords,
      watermarkMs,
      staged: staged && `s3://${args.bucket}/${staged}`,
      copyRole: args.copyRole,
    }),
  )
  const mergedAt = monotonic()
  const committedMs = now()
  const maxEventTimeMs = latest(before.maxEventTimeMs, classified.maxEventTimeMs)
  await checkpoint.commit(batchId, maxEventTimeMs)
  const endedAt = monotonic()
  await rm(stagedFile, { force: true })
  const counts: BatchCounts = { ...classified.counts, duplicatesMatched, loaded }
  const progress = toProgress({
    ...identity(query, plan.end),
    batchId,
    startedMs: started.wallMs,
    committedMs,
    tookMs: took(started.at, mergedAt),
    workedMs: took(Math.max(started.at, before.endedAt ?? started.at), mergedAt),
    start: read.start,
    end: plan.end,
    watermarkMs,
    counts,
    read,
    eventTime: classified.eventTime,
    durationMs: {
      latestOffset: prepared.readMs,
      walCommit: took(beganAt, plannedAt),
      addBatch: prepared.classifyMs + took(plannedAt, mergedAt),
      commitOffsets: took(mergedAt, endedAt),
      triggerExecution: took(started.at, endedAt),
      classifyRecords: prepared.classifyMs,
      waitForBatchBefore: Math.max(0, took(started.at, beganAt) - prepared.readMs - prepared.classifyMs),
      stageFiles: took(plannedAt, stagedAt),
      warehouseTransaction: took(stagedAt, mergedAt),
    },
  })
  await publishProgress(query, progress, 'batch')
  query.log(
    `INFO Streaming query made progress: batch ${batchId}, ${summary(counts)}, ${took(started.at, endedAt)} ms ` +
      `(classify ${prepared.classifyMs}, transaction ${took(stagedAt, mergedAt)})`,
  )
  if (batchId % PURGE_EVERY === 0) await purgeOldBatches(query, batchId)
  return { endedAt, maxEventTimeMs }
}

/** Whole milliseconds between two readings of the monotonic clock. */
const took = (from: number, to: number): number => Math.round(to - from)

/** The later of two times that may be missing. */
export const latest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b)

const summary = (counts: BatchCounts): string =>
  `${counts.read} read = ${counts.invalid} invalid + ${counts.late} late + ` +
  `${counts.duplicatesInBatch + counts.duplicatesMatched} duplicates + ${counts.loaded} loaded`

/** What is the same in every trigger of a query. */
const identity = (query: RunningQuery, end: SourceOffset) => ({
  queryId: query.queryId,
  runId: query.runId,
  name: query.plan.query,
  triggerMs: query.args.triggerMs,
  partitions: query.reader.seen(end),
  source: query.source.description,
  table: tableOf(query.plan),
})

/** Publishes an idle trigger: nothing came, and how fresh that knowledge is. */
export async function publishIdle(
  query: RunningQuery,
  trigger: { batchId: number; end: SourceOffset; started: Moment; watermarkMs: number | undefined },
): Promise<void> {
  const { started, end, watermarkMs } = trigger
  const tookMs = took(started.at, query.monotonic())
  const progress = toProgress({
    ...identity(query, end),
    batchId: Math.max(0, trigger.batchId),
    startedMs: started.wallMs,
    committedMs: query.now(),
    tookMs,
    workedMs: tookMs,
    end,
    watermarkMs,
    start: end,
    counts: NO_COUNTS,
    eventTime: undefined,
    durationMs: { triggerExecution: tookMs },
  })
  await publishProgress(query, progress, 'idle')
}

const NO_COUNTS: BatchCounts = {
  read: 0,
  invalid: 0,
  late: 0,
  duplicatesInBatch: 0,
  staged: 0,
  duplicatesMatched: 0,
  loaded: 0,
}
