import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { DeleteObjectsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { latestProgressKey, progressKey, quarantineKey, stagingPrefix } from '../../shared/job/layout.ts'
import type { QueryProgress } from '../../shared/job/progress.ts'
import { patiently } from './patience.ts'
import type { RunningQuery } from './running-query.ts'
import type { StreamRecord } from './source.ts'

/*
 * What a query writes to S3 beside its checkpoint. A batch that is done again writes the same keys with the same
 * content.
 */

/**
 * Spark keeps the entries of the last 100 batches (spark.sql.streaming.minBatchesToRetain); progress is kept longer.
 */
const KEPT_BATCHES = 100
const KEPT_PROGRESS = 10_000
/** Old batches are removed this many at a time. */
export const PURGE_EVERY = 50

/** Uploads the Parquet file of a batch. Returns the prefix that COPY reads. */
export async function uploadStaged(query: RunningQuery, batchId: number, file: string): Promise<string> {
  const prefix = stagingPrefix(query.plan.prefixes, query.plan.query, batchId)
  const { size } = await stat(file)
  await patiently(() =>
    query.s3.send(
      new PutObjectCommand({
        Bucket: query.args.bucket,
        Key: stagedKey(prefix),
        Body: createReadStream(file),
        ContentLength: size,
      }),
    ),
  )
  return prefix
}

const stagedKey = (prefix: string): string => `${prefix}part-00000.parquet`

/** Writes the records of one kind with their reasons, as `quarantineKey` describes; nothing when there are none. */
export async function writeQuarantine(
  query: RunningQuery,
  batchId: number,
  kind: 'invalid' | 'late',
  records: readonly StreamRecord[],
  entries: readonly { ordinal: number; reason: string }[],
): Promise<void> {
  if (entries.length === 0) return
  const lines = entries.map(({ ordinal, reason }) => {
    const record = records[ordinal] as StreamRecord
    return `${JSON.stringify({
      partitionId: record.partitionId,
      offset: record.offset,
      partitionKey: record.partitionKey,
      arrivedAt: new Date(record.arrivedMs).toISOString(),
      reason,
      data: Buffer.from(record.data).toString('base64'),
    })}\n`
  })
  await put(query, quarantineKey(query.plan.prefixes, query.plan.query, batchId, kind), lines.join(''))
}

/** Publishes a trigger as the newest; that of a batch is kept under its id, too. */
export async function publishProgress(
  query: RunningQuery,
  progress: QueryProgress,
  kind: 'batch' | 'idle',
): Promise<void> {
  const { prefixes, query: name } = query.plan
  const body = JSON.stringify(progress)
  const keys = [latestProgressKey(prefixes, name)]
  if (kind === 'batch') keys.push(progressKey(prefixes, name, progress.batchId))
  await Promise.all(keys.map(key => put(query, key, body)))
}

const put = (query: RunningQuery, Key: string, Body: string) =>
  patiently(() => query.s3.send(new PutObjectCommand({ Bucket: query.args.bucket, Key, Body })))

/**
 * Removes what old batches left: their entries in the checkpoint, their staged files, and progress that is older still.
 */
export async function purgeOldBatches(query: RunningQuery, batchId: number): Promise<void> {
  const { args, checkpoint } = query
  const { prefixes, query: name } = query.plan
  const keys: string[] = []
  for (let old = batchId - KEPT_BATCHES - PURGE_EVERY; old < batchId - KEPT_BATCHES; old++) {
    if (old < 0) continue
    keys.push(...checkpoint.keysOf(old), stagedKey(stagingPrefix(prefixes, name, old)))
    if (old >= KEPT_PROGRESS) keys.push(progressKey(prefixes, name, old - KEPT_PROGRESS))
  }
  if (keys.length === 0) return
  await patiently(() =>
    query.s3.send(
      new DeleteObjectsCommand({ Bucket: args.bucket, Delete: { Objects: keys.map(Key => ({ Key })), Quiet: true } }),
    ),
  )
}
