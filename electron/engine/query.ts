import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { openLocked } from '../../shared/duckdb/open-locked.ts'
import { checkpointPrefix } from '../../shared/job/layout.ts'
import { watermarkOf } from '../../shared/job/plan.ts'
import type { SourceOffset } from '../../shared/job/progress.ts'
import { type BatchBefore, commitBatch, latest, momentOf, prepareBatch, publishIdle } from './batch.ts'
import { openCheckpoint } from './checkpoint/checkpoint.ts'
import { newMetadata } from './checkpoint/new-metadata.ts'
import { SINKS, SOURCES } from './kinds.ts'
import type { QueryOptions, RunningQuery } from './running-query.ts'
import type { PlannedRead } from './source.ts'

const IDLE_PROGRESS_MS = 1_000

/** Runs the streaming query until it is asked to stop. @throws what made it fail */
export async function runQuery(options: QueryOptions): Promise<void> {
  const { plan, args, log } = options
  const checkpoint = openCheckpoint({
    s3: options.s3,
    bucket: args.bucket,
    prefix: checkpointPrefix(plan.prefixes, plan.query),
    runId: options.runId,
  })
  const source = SOURCES[plan.source.kind](options)
  const restored = await checkpoint.restore(() => newMetadata(options, source))
  const reader = source.read()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-engine-'))
  const instance = await openLocked(DuckDBInstance.create, ':memory:', {
    threads: 2,
    memory: '2GB',
    folder,
    spill: { folder: join(folder, 'spill'), atMost: '10GB' },
  })
  const duckdb = await instance.connect()
  const sink = SINKS[plan.sink.kind](options)
  const query: RunningQuery = {
    ...options,
    checkpoint,
    source,
    reader,
    sink,
    duckdb,
    queryId: restored.queryId,
    folder,
  }
  try {
    let before: BatchBefore = { endedAt: undefined, maxEventTimeMs: restored.committed?.maxEventTimeMs }
    let nextBatchId = (restored.committed?.batchId ?? -1) + 1
    let offset = restored.committed?.end
    let coveredUntilMs = restored.committed?.coveredUntilMs
    if (restored.open) {
      const { batchId, end, watermarkMs } = restored.open
      log(`INFO batch ${batchId} was planned and not committed: doing it again`)
      const started = momentOf(options)
      coveredUntilMs = restored.open.coveredUntilMs
      const again = await reader.replay(offset ?? {}, end)
      const read: PlannedRead = { ...again, start: offset ?? {}, end, isEmpty: false, coveredUntilMs, gaps: [] }
      const prepared = await prepareBatch(query, { batchId, watermarkMs, read, started })
      before = await commitBatch(query, prepared, before, 'planned')
      offset = end
      nextBatchId = batchId + 1
    }
    const begin = await reader.begin(offset, args.startingPosition, coveredUntilMs)
    if (offset === undefined && args.startingPosition === 'LATEST') {
      // Where the newest record was is known to nobody after a kill: an empty batch keeps it.
      const nothing = { records: [], sourceRecords: 0, misplaced: 0, reads: {} }
      const read: PlannedRead = { ...nothing, start: {}, end: begin, isEmpty: false, coveredUntilMs: {}, gaps: [] }
      const prepared = await prepareBatch(query, {
        batchId: nextBatchId,
        watermarkMs: undefined,
        read,
        started: momentOf(options),
      })
      before = await commitBatch(query, prepared, before, 'new')
      nextBatchId++
    }
    await loop(query, begin, nextBatchId, before)
  } finally {
    await reader.close()
    duckdb.closeSync()
    instance.closeSync()
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * The triggers. While a batch is written, the next one is read and judged: that needs no more of the batch before than
 * its greatest event time, which is known once it is judged. So only one batch at a time is planned and not committed.
 */
async function loop(
  query: RunningQuery,
  begin: SourceOffset,
  firstBatchId: number,
  restored: BatchBefore,
): Promise<void> {
  const { reader, args, plan, stop, monotonic } = query
  let batchId = firstBatchId
  let { maxEventTimeMs } = restored
  let reportedIdleMs = Number.NEGATIVE_INFINITY
  let end = begin
  const writing = oneAtATime(restored)
  while (!stop.aborted) {
    const started = momentOf(query)
    const watermarkMs = watermarkOf(plan, maxEventTimeMs)
    const read = await reader.plan(args.maxRecordsPerBatch)
    if (read.isEmpty) {
      if (!writing.busy && monotonic() - reportedIdleMs >= IDLE_PROGRESS_MS) {
        await writing.done()
        reportedIdleMs = monotonic()
        await publishIdle(query, { batchId: batchId - 1, end, started, watermarkMs })
      }
      await reader.waitForRecords(IDLE_PROGRESS_MS, stop)
    } else {
      const prepared = await prepareBatch(query, { batchId, watermarkMs, read, started })
      maxEventTimeMs = latest(maxEventTimeMs, prepared.classified.maxEventTimeMs)
      const before = await writing.done()
      writing.start(commitBatch(query, prepared, before, 'new'))
      end = read.end
      batchId++
    }
    const restMs = args.triggerMs - (monotonic() - started.at)
    if (restMs > 0) await pause(restMs, stop)
  }
  await writing.done()
}

/** The batch that is being written. A failure waits for `done`, which the loop calls before it writes anything else. */
function oneAtATime(initial: BatchBefore) {
  let current: Promise<BatchBefore> = Promise.resolve(initial)
  let busy = false
  return {
    get busy() {
      return busy
    },
    done: () => current,
    start(batch: Promise<BatchBefore>) {
      busy = true
      current = batch
      const ended = () => {
        busy = false
      }
      batch.then(ended, ended)
    },
  }
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal: stop })
  } catch (error) {
    if (!stop.aborted) throw error
  }
}
