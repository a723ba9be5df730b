import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DeleteObjectsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { JobArguments } from '../../shared/job/arguments.ts'
import {
  checkpointPrefix,
  type JobPrefixes,
  latestProgressKey,
  progressKey,
  quarantineKey,
  stagingPrefix,
} from '../../shared/job/layout.ts'
import type { BatchCounts, SourceOffset } from '../../shared/job/progress.ts'
import type { PipelineSpec } from '../../shared/pipelines/spec.ts'
import { type Checkpoint, openCheckpoint, type PlannedBatch } from './checkpoint/checkpoint.ts'
import type { JobClients } from './clients.ts'
import { patiently } from './patience.ts'
import { type FinishedTrigger, NO_COUNTS, toProgress } from './progress.ts'
import { createStreamReader, type StreamReader } from './reader/reader.ts'
import type { StreamRecord } from './reader/record.ts'
import { classifyBatch } from './rules/batch.ts'
import { sinkTransaction } from './sink/transaction.ts'
import { createWarehouseSink, type WarehouseSink } from './sink/warehouse.ts'

/** Spark keeps the entries of the last 100 batches (spark.sql.streaming.minBatchesToRetain); progress is kept longer. */
const KEPT_BATCHES = 100
const KEPT_PROGRESS = 10_000
const PURGE_EVERY = 50
const IDLE_PROGRESS_MS = 1_000

export interface QueryOptions {
  spec: PipelineSpec
  args: JobArguments
  clients: JobClients
  runId: string
  newQueryId: () => string
  now: () => number
  log: (line: string) => void
  /** Ends the query after the batch that runs. */
  stop: AbortSignal
}

interface Running extends QueryOptions {
  prefixes: JobPrefixes
  checkpoint: Checkpoint
  reader: StreamReader
  sink: WarehouseSink
  duckdb: DuckDBConnection
  queryId: string
  folder: string
}

/** Runs the streaming query until it is asked to stop. @throws what made it fail */
export async function runQuery(options: QueryOptions): Promise<void> {
  const { spec, args, clients, log } = options
  const prefixes = spec.buckets.streaming.prefixes as unknown as JobPrefixes
  const checkpoint = openCheckpoint({
    s3: clients.s3,
    bucket: args.bucket,
    prefix: checkpointPrefix(prefixes, spec.job.query),
    runId: options.runId,
  })
  const restored = await checkpoint.restore(options.newQueryId)
  const reader = createStreamReader({
    kinesis: clients.kinesis,
    stream: args.stream,
    maxRecordsPerBatch: args.maxRecordsPerBatch,
    now: options.now,
  })
  const folder = await mkdtemp(join(tmpdir(), 'sluice-engine-'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '2GB' })
  const duckdb = await instance.connect()
  await duckdb.run("set timezone = 'UTC'")
  const sink = createWarehouseSink(clients.redshiftData, args, log)
  const running: Running = { ...options, prefixes, checkpoint, reader, sink, duckdb, queryId: restored.queryId, folder }
  try {
    let maxEventTimeMs = restored.committed?.maxEventTimeMs
    let nextBatchId = (restored.committed?.batchId ?? -1) + 1
    let offset = restored.committed?.end
    if (restored.open) {
      log(`INFO batch ${restored.open.batchId} was planned and not committed: doing it again`)
      maxEventTimeMs = await runBatch(
        running,
        restored.open,
        offset ?? {},
        await reader.replay(offset ?? {}, restored.open.end),
        maxEventTimeMs,
      )
      offset = restored.open.end
      nextBatchId = restored.open.batchId + 1
    }
    await loop(running, await reader.begin(offset, args.startingPosition), nextBatchId, maxEventTimeMs)
  } finally {
    await reader.close()
    duckdb.closeSync()
    instance.closeSync()
    await rm(folder, { recursive: true, force: true })
  }
}

async function loop(
  running: Running,
  begin: SourceOffset,
  firstBatchId: number,
  restoredMaxMs: number | undefined,
): Promise<void> {
  const { reader, args, spec, stop, now } = running
  let batchId = firstBatchId
  let maxEventTimeMs = restoredMaxMs
  let toldIdleMs = 0
  let end = begin
  while (!stop.aborted) {
    const startedMs = now()
    const read = await reader.plan(args.maxRecordsPerBatch)
    if (read.records.length === 0 && JSON.stringify(read.start) === JSON.stringify(read.end)) {
      if (now() - toldIdleMs >= IDLE_PROGRESS_MS) {
        toldIdleMs = now()
        await tellIdle(running, batchId - 1, end, startedMs, watermarkOf(spec, maxEventTimeMs))
      }
      await reader.waitForRecords(IDLE_PROGRESS_MS, stop)
    } else {
      const plan: PlannedBatch = { batchId, end: read.end, watermarkMs: watermarkOf(spec, maxEventTimeMs) }
      const planMs = now()
      await running.checkpoint.plan(plan)
      maxEventTimeMs = await runBatch(running, plan, read.start, read.records, maxEventTimeMs, {
        startedMs,
        latestOffset: planMs - startedMs,
        walCommit: now() - planMs,
      })
      end = read.end
      batchId++
    }
    const restMs = args.triggerMs - (now() - startedMs)
    if (restMs > 0) await pause(restMs, stop)
  }
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal: stop })
  } catch (error) {
    if (!stop.aborted) throw error
  }
}

/** What is before this is late: the greatest event time of the committed batches, less the delay. */
const watermarkOf = (spec: PipelineSpec, maxEventTimeMs: number | undefined): number | undefined =>
  maxEventTimeMs === undefined ? undefined : maxEventTimeMs - spec.job.watermarkDelayMinutes * 60_000

/**
 * One batch, from its records to its commit. Everything it writes has the same name and content when it is done again.
 * Returns the greatest event time of all committed batches.
 */
async function runBatch(
  running: Running,
  plan: PlannedBatch,
  start: SourceOffset,
  records: readonly StreamRecord[],
  maxEventTimeMs: number | undefined,
  before = { startedMs: running.now(), latestOffset: 0, walCommit: 0 },
): Promise<number | undefined> {
  const { spec, args, now, folder } = running
  const { batchId, watermarkMs } = plan
  const times = [now()]
  const stagedFile = join(folder, 'staged.parquet')
  const classified = await classifyBatch(running.duckdb, spec, { batchId, records, watermarkMs, stagedFile })
  times.push(now())
  const staged = classified.counts.staged > 0 ? stagingPrefix(running.prefixes, spec.job.query, batchId) : undefined
  await Promise.all([
    staged && upload(running, `${staged}part-00000.parquet`, stagedFile),
    quarantine(running, plan, 'invalid', records, classified.quarantine.invalid),
    quarantine(running, plan, 'late', records, classified.quarantine.late),
  ])
  times.push(now())
  const [duplicatesMatched = 0, loaded = 0] = await running.sink.commit(
    `${running.queryId}/${batchId}`,
    sinkTransaction(spec, {
      queryId: running.queryId,
      batchId,
      counts: classified.counts,
      watermarkMs,
      staged: staged && `s3://${args.bucket}/${staged}`,
      copyRole: args.copyRole,
    }),
  )
  times.push(now())
  const nextMaxMs = Math.max(maxEventTimeMs ?? Number.NEGATIVE_INFINITY, classified.maxEventTimeMs ?? Number.NEGATIVE_INFINITY)
  const known = nextMaxMs === Number.NEGATIVE_INFINITY ? undefined : nextMaxMs
  const committedMs = now()
  await running.checkpoint.commit(batchId, known)
  times.push(now())
  const [parsedAt = 0, classifiedAt = 0, stagedAt = 0, mergedAt = 0, endedMs = 0] = times
  const trigger = triggerOf(running, {
    batchId,
    startedMs: before.startedMs,
    endedMs: committedMs,
    start,
    end: plan.end,
    watermarkMs,
    counts: { ...classified.counts, duplicatesMatched, loaded },
    eventTime: classified.eventTime,
    durationMs: {
      latestOffset: before.latestOffset,
      walCommit: before.walCommit,
      addBatch: mergedAt - parsedAt,
      commitOffsets: endedMs - mergedAt,
      triggerExecution: endedMs - before.startedMs,
      classifyRecords: classifiedAt - parsedAt,
      stageFiles: stagedAt - classifiedAt,
      warehouseTransaction: mergedAt - stagedAt,
    },
  })
  await tell(running, trigger, progressKey(running.prefixes, spec.job.query, batchId))
  running.log(
    `INFO Streaming query made progress: batch ${batchId}, ${summary(trigger.counts)}, ${endedMs - before.startedMs} ms`,
  )
  if (batchId % PURGE_EVERY === 0) await purge(running, batchId)
  return known
}

const summary = (counts: BatchCounts): string =>
  `${counts.read} read = ${counts.invalid} invalid + ${counts.late} late + ${counts.duplicatesInBatch + counts.duplicatesMatched} duplicates + ${counts.loaded} loaded`

type TriggerPart = Omit<FinishedTrigger, 'queryId' | 'runId' | 'name' | 'sinceLastMs' | 'shards' | 'stream' | 'table'>
const triggerOf = (running: Running, part: TriggerPart): FinishedTrigger => ({
  ...part,
  queryId: running.queryId,
  runId: running.runId,
  name: running.spec.job.query,
  sinceLastMs: Math.max(running.args.triggerMs, part.endedMs - part.startedMs),
  shards: running.reader.seen(),
  stream: running.args.stream,
  table: `${running.spec.sink.schema}.${running.spec.sink.table}`,
})

/** An idle trigger: nothing came, and how fresh that knowledge is. */
async function tellIdle(
  running: Running,
  batchId: number,
  end: SourceOffset,
  startedMs: number,
  watermarkMs: number | undefined,
): Promise<void> {
  const trigger = triggerOf(running, {
    batchId: Math.max(0, batchId),
    startedMs,
    endedMs: running.now(),
    start: end,
    end,
    watermarkMs,
    counts: NO_COUNTS,
    eventTime: undefined,
    durationMs: { triggerExecution: running.now() - startedMs },
  })
  await tell(running, trigger, undefined)
}

async function tell(running: Running, trigger: FinishedTrigger, key: string | undefined): Promise<void> {
  const body = JSON.stringify(toProgress(trigger))
  const keys = [latestProgressKey(running.prefixes, running.spec.job.query), ...(key ? [key] : [])]
  await Promise.all(keys.map(Key => put(running, Key, body)))
}

const put = (running: Running, Key: string, Body: string) =>
  patiently(() => running.clients.s3.send(new PutObjectCommand({ Bucket: running.args.bucket, Key, Body })))

async function upload(running: Running, Key: string, file: string): Promise<void> {
  const { size } = await stat(file)
  await patiently(() =>
    running.clients.s3.send(
      new PutObjectCommand({ Bucket: running.args.bucket, Key, Body: createReadStream(file), ContentLength: size }),
    ),
  )
}

async function quarantine(
  running: Running,
  plan: PlannedBatch,
  kind: 'invalid' | 'late',
  records: readonly StreamRecord[],
  entries: readonly { ordinal: number; reason: string }[],
): Promise<void> {
  if (entries.length === 0) return
  const lines = entries.map(({ ordinal, reason }) => {
    const record = records[ordinal] as StreamRecord
    return `${JSON.stringify({
      shardId: record.shardId,
      sequenceNumber: record.sequenceNumber,
      partitionKey: record.partitionKey,
      arrivedAt: new Date(record.arrivedMs).toISOString(),
      reason,
      data: Buffer.from(record.data).toString('base64'),
    })}\n`
  })
  await put(running, quarantineKey(running.prefixes, running.spec.job.query, plan.batchId, kind), lines.join(''))
}

/** Removes what old batches left: their entries in the checkpoint, their staged files, and progress that is older still. */
async function purge(running: Running, batchId: number): Promise<void> {
  const { prefixes, spec, args } = running
  const keys: string[] = []
  for (let old = batchId - KEPT_BATCHES - PURGE_EVERY; old < batchId - KEPT_BATCHES; old++) {
    if (old < 0) continue
    keys.push(...running.checkpoint.keysOf(old), `${stagingPrefix(prefixes, spec.job.query, old)}part-00000.parquet`)
    if (old >= KEPT_PROGRESS) keys.push(progressKey(prefixes, spec.job.query, old - KEPT_PROGRESS))
  }
  if (keys.length === 0) return
  await patiently(() =>
    running.clients.s3.send(
      new DeleteObjectsCommand({ Bucket: args.bucket, Delete: { Objects: keys.map(Key => ({ Key })), Quiet: true } }),
    ),
  )
}
