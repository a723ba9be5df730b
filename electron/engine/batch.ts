import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BatchCounts, SourceOffset } from '../../shared/job/progress.ts'
import type { PlannedBatch } from './checkpoint/checkpoint.ts'
import { PURGE_EVERY, publishProgress, purgeOldBatches, uploadStaged, writeQuarantine } from './output.ts'
import { toProgress } from './progress.ts'
import type { PlannedRead } from './reader/reader.ts'
import { type ClassifiedBatch, classifyBatch } from './rules/batch.ts'
import type { RunningQuery } from './running-query.ts'
import { sinkTransaction } from './sink/transaction.ts'

/** A batch that was judged and not yet written anywhere but into a file of this process. */
export interface PreparedBatch {
  plan: PlannedBatch
  read: PlannedRead
  classified: ClassifiedBatch
  stagedFile: string
  startedMs: number
  readMs: number
  classifyMs: number
}

/** Judges the records of a batch. Nothing that outlives the process is written: that is `commitBatch`. */
export async function prepareBatch(
  query: RunningQuery,
  batch: { batchId: number; watermarkMs: number | undefined; read: PlannedRead; startedMs: number },
): Promise<PreparedBatch> {
  const { batchId, watermarkMs, read, startedMs } = batch
  const readAtMs = query.now()
  const stagedFile = join(query.folder, `batch-${batchId}.parquet`)
  const classified = await classifyBatch(query.duckdb, query.spec, { batchId, records: read.records, watermarkMs, stagedFile })
  return {
    plan: { batchId, end: read.end, watermarkMs, coveredUntilMs: read.coveredUntilMs },
    read,
    classified,
    stagedFile,
    startedMs,
    readMs: readAtMs - startedMs,
    classifyMs: query.now() - readAtMs,
  }
}

export interface BatchBefore {
  /** When the batch before was committed; undefined for the first of this process. */
  endedMs: number | undefined
  /** Greatest event time of all committed batches. */
  maxEventTimeMs: number | undefined
}

/**
 * Writes a batch: its plan, its files, its transaction, its commit. All of it has the same names and content when it is done again, so a
 * batch whose plan was found in the checkpoint (`planned`) goes the same way. Returns what the next batch has before it.
 */
export async function commitBatch(
  query: RunningQuery,
  prepared: PreparedBatch,
  before: BatchBefore,
  origin: 'new' | 'planned',
): Promise<BatchBefore> {
  const { spec, args, now, checkpoint } = query
  const { plan, read, classified, stagedFile } = prepared
  const { batchId, watermarkMs } = plan
  const beganMs = now()
  if (origin === 'new') await checkpoint.plan(plan)
  const plannedMs = now()
  const [staged] = await Promise.all([
    classified.counts.staged > 0 ? uploadStaged(query, batchId, stagedFile) : undefined,
    writeQuarantine(query, batchId, 'invalid', read.records, classified.quarantine.invalid),
    writeQuarantine(query, batchId, 'late', read.records, classified.quarantine.late),
  ])
  const stagedMs = now()
  const [duplicatesMatched = 0, loaded = 0] = await query.sink.commit(
    `${query.queryId}/${batchId}`,
    sinkTransaction(spec, {
      queryId: query.queryId,
      batchId,
      counts: classified.counts,
      kinesisRecords: read.kinesisRecords,
      watermarkMs,
      staged: staged && `s3://${args.bucket}/${staged}`,
      copyRole: args.copyRole,
    }),
  )
  const mergedMs = now()
  const maxEventTimeMs = latest(before.maxEventTimeMs, classified.maxEventTimeMs)
  await checkpoint.commit(batchId, maxEventTimeMs)
  const endedMs = now()
  await rm(stagedFile, { force: true })
  const counts: BatchCounts = { ...classified.counts, duplicatesMatched, loaded }
  const progress = toProgress({
    ...identity(query, plan.end),
    batchId,
    startedMs: prepared.startedMs,
    endedMs: mergedMs,
    workedSinceMs: Math.max(prepared.startedMs, before.endedMs ?? 0),
    start: read.start,
    end: plan.end,
    watermarkMs,
    counts,
    read,
    eventTime: classified.eventTime,
    durationMs: {
      latestOffset: prepared.readMs,
      walCommit: plannedMs - beganMs,
      addBatch: prepared.classifyMs + mergedMs - plannedMs,
      commitOffsets: endedMs - mergedMs,
      triggerExecution: endedMs - prepared.startedMs,
      classifyRecords: prepared.classifyMs,
      waitForBatchBefore: beganMs - prepared.startedMs - prepared.readMs - prepared.classifyMs,
      stageFiles: stagedMs - plannedMs,
      warehouseTransaction: mergedMs - stagedMs,
    },
  })
  await publishProgress(query, progress, 'batch')
  query.log(
    `INFO Streaming query made progress: batch ${batchId}, ${summary(counts)}, ${endedMs - prepared.startedMs} ms (classify ${prepared.classifyMs}, transaction ${mergedMs - stagedMs})`,
  )
  if (batchId % PURGE_EVERY === 0) await purgeOldBatches(query, batchId)
  return { endedMs, maxEventTimeMs }
}

/** The later of two times that may be missing. */
export const latest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b)

const summary = (counts: BatchCounts): string =>
  `${counts.read} read = ${counts.invalid} invalid + ${counts.late} late + ${counts.duplicatesInBatch + counts.duplicatesMatched} duplicates + ${counts.loaded} loaded`

/** What is the same in every trigger of a query. */
const identity = (query: RunningQuery, end: SourceOffset) => ({
  queryId: query.queryId,
  runId: query.runId,
  name: query.spec.job.query,
  triggerMs: query.args.triggerMs,
  shards: query.reader.seen(end),
  stream: query.args.stream,
  table: `${query.spec.sink.schema}.${query.spec.sink.table}`,
})

/** Publishes an idle trigger: nothing came, and how fresh that knowledge is. */
export async function publishIdle(
  query: RunningQuery,
  trigger: { batchId: number; end: SourceOffset; startedMs: number; watermarkMs: number | undefined },
): Promise<void> {
  const endedMs = query.now()
  const progress = toProgress({
    ...identity(query, trigger.end),
    ...trigger,
    batchId: Math.max(0, trigger.batchId),
    endedMs,
    workedSinceMs: trigger.startedMs,
    start: trigger.end,
    counts: NO_COUNTS,
    eventTime: undefined,
    durationMs: { triggerExecution: endedMs - trigger.startedMs },
  })
  await publishProgress(query, progress, 'idle')
}

const NO_COUNTS: BatchCounts = { read: 0, invalid: 0, late: 0, duplicatesInBatch: 0, staged: 0, duplicatesMatched: 0, loaded: 0 }
