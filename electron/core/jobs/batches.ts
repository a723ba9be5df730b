import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { z } from 'zod'
import type { BatchDetail, BatchSummary } from '../../../shared/features/jobs.ts'
import { quarantineKey, stagingPrefix } from '../../../shared/job/layout.ts'
import type { PartitionPosition, QueryProgress } from '../../../shared/job/progress.ts'
import { renamed } from '../../../shared/job/renamed.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { isNotFound } from '../errors/expected-error.ts'
import type { LedgerOf } from '../ledgers/ledger.ts'
import { readObject } from '../objects/read-object.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { BatchProgress } from '../query-state/batch-progress.ts'
import { jobLocation } from '../query-state/job-location.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import type { Positions, SourceOf } from '../sources/source.ts'

/** Quarantined lines shown of each kind. */
const LINES_SHOWN = 50

/** The newest batches that left their progress, newest first. */
export async function readBatches(
  context: PipelineContext,
  batches: BatchProgress,
  asked: { limit: number; before: number | undefined },
  signal: AbortSignal,
): Promise<{ triggerMs: number; batches: BatchSummary[] }> {
  const newest =
    asked.before === undefined ? ((await latestProgress(context, signal))?.batchId ?? -1) : asked.before - 1
  const oldest = Math.max(0, newest - asked.limit + 1)
  const wanted = Array.from({ length: Math.max(0, newest - oldest + 1) }, (_, index) => newest - index)
  const found = await batches.many(context, wanted, signal)
  return { triggerMs: context.spec.job.triggerMs, batches: found.map(summaryOf) }
}

const StateOperator = z.object({ numRowsTotal: z.int().default(0), memoryUsedBytes: z.int().default(0) })

function summaryOf(progress: QueryProgress): BatchSummary {
  const state = progress.stateOperators.map(operator => StateOperator.parse(operator))
  return {
    batchId: progress.batchId,
    startedAt: progress.timestamp,
    committedAt: progress.sluice.committedAt,
    engine: progress.sluice.engine,
    batchDurationMs: progress.batchDuration,
    durationMs: progress.durationMs,
    inputRowsPerSecond: progress.inputRowsPerSecond,
    processedRowsPerSecond: progress.processedRowsPerSecond,
    counts: progress.sluice.counts,
    ...(progress.eventTime.watermark !== undefined && { watermark: progress.eventTime.watermark }),
    stateRows: state.reduce((sum, operator) => sum + operator.numRowsTotal, 0),
    stateBytes: state.reduce((sum, operator) => sum + operator.memoryUsedBytes, 0),
  }
}

interface BatchDeps {
  clock: Clock
  batches: BatchProgress
  sourceOf: SourceOf
  ledgerOf: LedgerOf
}

/**
 * One batch with what it read, what it left in S3, and the query for its rows.
 * @throws ExpectedError `not_found` when it left no progress
 */
export async function readBatch(
  context: PipelineContext,
  { clock, batches, sourceOf, ledgerOf }: BatchDeps,
  batchId: number,
  signal: AbortSignal,
): Promise<BatchDetail> {
  const progress = await batches.one(context, batchId, signal)
  if (!progress) {
    throw new ExpectedError({
      code: 'not_found',
      message: `Batch ${batchId} left no progress.`,
      hint:
        'The progress of the last 10,000 batches is kept; that of a batch that was killed right after its commit ' +
        'is missing.',
      retryable: false,
    })
  }
  const { bucket, prefixes, query } = jobLocation(context)
  const kinds = ['invalid', 'late'] as const
  const [staged, ...quarantined] = await Promise.all([
    filesBelow(context, bucket, stagingPrefix(prefixes, query, batchId), signal),
    ...kinds.map(async kind => {
      const key = quarantineKey(prefixes, query, batchId, kind)
      const sizeBytes = await sizeOf(context, bucket, key, signal)
      if (sizeBytes === undefined) return { files: [], lines: [] }
      const bytes = await readObject(context.aws, bucket, key, signal)
      return {
        files: [{ kind, location: `s3://${bucket}/${key}`, sizeBytes }],
        lines: linesOf(Buffer.from(bytes ?? []).toString('utf8'), kind),
      }
    }),
  ])
  return {
    at: new Date(clock.now()).toISOString(),
    summary: summaryOf(progress),
    partitions: rangesOf(progress, sourceOf(context).positions),
    files: [...staged, ...quarantined.flatMap(entry => entry.files)],
    quarantined: quarantined.flatMap(entry => entry.lines),
    rowsSql: ledgerOf(context).rowsOfBatch(batchId),
  }
}

/** What the batch read of each partition: its end offset less its start offset. */
function rangesOf({ sources: [source] }: QueryProgress, positions: Positions): BatchDetail['partitions'] {
  return Object.entries(source?.endOffset ?? {}).flatMap(([partitionId, end]) => {
    const start = source?.startOffset?.[partitionId]
    const records = end.records - (start?.records ?? 0)
    if (records === 0) return []
    return [
      {
        partitionId,
        after: start?.lastOffset ?? start?.position ?? positions.format(positions.oldest),
        afterOffset: recordBefore(start, positions),
        upTo: end.lastOffset ?? end.position,
        records,
        bytes: end.bytes - (start?.bytes ?? 0),
      },
    ]
  })
}

/** The number of the last record before the batch; null where none is. */
const recordBefore = (start: PartitionPosition | undefined, positions: Positions): string | null =>
  start?.lastOffset ?? (start && positions.isOffset(start.position) ? start.position : null)

async function filesBelow(
  context: PipelineContext,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): Promise<BatchDetail['files']> {
  const { Contents = [] } = await context.aws.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }), {
    abortSignal: signal,
  })
  return Contents.map(({ Key = '', Size = 0 }) => ({
    kind: 'staged' as const,
    location: `s3://${bucket}/${Key}`,
    sizeBytes: Size,
  }))
}

async function sizeOf(
  context: PipelineContext,
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { ContentLength } = await context.aws.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal: signal,
    })
    return ContentLength ?? 0
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Versions before called two of its members otherwise. */
const QuarantinedLine = renamed(
  { shardId: 'partitionId', sequenceNumber: 'offset' },
  z.object({ partitionId: z.string(), offset: z.string(), reason: z.string(), data: z.string() }),
)

function linesOf(text: string, kind: 'invalid' | 'late'): BatchDetail['quarantined'] {
  return text
    .split('\n')
    .filter(Boolean)
    .slice(0, LINES_SHOWN)
    .map(line => {
      const { partitionId, offset, reason, data } = QuarantinedLine.parse(JSON.parse(line))
      return { kind, reason, partitionId, offset, text: Buffer.from(data, 'base64').toString('utf8') }
    })
}
