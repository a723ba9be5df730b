import type { ledgerContract } from '../../../shared/features/ledger.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { SentSample, SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { RECORDS_OF_BATCH, UNCOUNTED_BATCHES } from '../ledgers/redshift/batch-table.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import type { BatchProgress } from '../query-state/batch-progress.ts'
import { type CommittedCheckpoint, readCheckpoint } from '../query-state/committed-checkpoint.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import { readStreamCounters } from '../sources/kinesis/counters.ts'
import { describeStream } from '../sources/kinesis/describe-stream.ts'
import { runStatement } from '../statements/run-statement.ts'
import { acceptedAsCounted } from './accepted-as-counted.ts'
import { closeLedger } from './equations.ts'
import { inStream } from './in-stream.ts'
import { measureLatency } from './latency.ts'
import { type CountedFiles, countQuarantined } from './quarantine.ts'

/** What the ledger asks of the simulator, which counts on its own. */
interface SimulatorPort {
  status(scope: PipelineScope, signal: AbortSignal): Promise<SimulatorStatus>
  samples(scope: PipelineScope, signal: AbortSignal): Promise<SentSample[]>
}

/** Holds what each part of the pipeline counted against the others. */
export function createLedgerService(deps: {
  contextOf: ContextOf
  clock: Clock
  batches: BatchProgress
  simulator: SimulatorPort
}): ServiceOf<typeof ledgerContract> {
  const countedFiles: CountedFiles = new Map()
  const batchOfSamples = new Map<string, Map<string, number>>()
  return {
    async read(scope, { signal }) {
      const context = await deps.contextOf(scope)
      const before = await deps.simulator.status(scope, signal)
      const checkpoint = await readCheckpoint(context, signal)
      const lastBatchId = checkpoint?.batchId ?? -1
      const quarantined = (kind: 'invalid' | 'late') =>
        countQuarantined(context, kind, lastBatchId, countedFiles, signal)
      const invalid = await quarantined('invalid')
      const late = await quarantined('late')
      const warehouse = await countWarehouse(context, deps.clock, lastBatchId, signal)
      const [committed] = checkpoint ? await deps.batches.many(context, [lastBatchId], signal) : []
      const stream = await countReceived(context, deps.clock, signal)
      // After the stream's count: what the reader says then, it says of all that was counted.
      const progress = await latestProgress(context, signal)
      const after = await deps.simulator.status(scope, signal)
      const read = countRead(checkpoint)
      const { events, sent, throttled, retried, unconfirmed, givenUp } = after.counts
      return closeLedger(
        {
          upTo: checkpoint ? { batchId: lastBatchId, committedAt: committed?.sluice.committedAt ?? null } : null,
          events,
          sent,
          throttled,
          retried,
          unconfirmed,
          givenUp,
          ...acceptedAsCounted({ before: before.counts, after: after.counts, ...stream }),
          received: stream.received,
          ...read,
          inStream: inStream({
            // Where it is not known how many were passed over, nobody knows how many of these are still to be read.
            notRead: read.beginningCounted ? stream.received + read.readAgain - read.read - read.skipped : 0,
            committed: checkpoint?.offset,
            progress,
            ...stream,
            nowMs: deps.clock.now(),
          }),
          invalid,
          late,
          ...warehouse,
        },
        new Date(deps.clock.now()).toISOString(),
      )
    },
    async latency(scope, { signal }) {
      const context = await deps.contextOf(scope)
      const key = `${context.target.id}/${context.spec.id}`
      const batchOf = batchOfSamples.get(key) ?? new Map<string, number>()
      batchOfSamples.set(key, batchOf)
      return measureLatency(
        context,
        deps.clock,
        deps.batches,
        await deps.simulator.samples(scope, signal),
        batchOf,
        signal,
      )
    },
  }
}

/**
 * Positions count a shard's records from its first one on, those that were passed over included; a query that was told
 * to begin elsewhere says in its checkpoint how many that were, and how many it reads again.
 */
function countRead(checkpoint: CommittedCheckpoint | undefined) {
  const behind = Object.values(checkpoint?.offset ?? {}).reduce((sum, position) => sum + position.records, 0)
  const { readAgain, skipped, counted } = checkpoint?.beginning ?? { readAgain: 0, skipped: 0, counted: true }
  return { read: behind + readAgain - skipped, readAgain, skipped, beginningCounted: counted }
}

async function countReceived(context: PipelineContext, clock: Clock, signal: AbortSignal) {
  const { summary } = await describeStream(context, signal)
  const since = summary.StreamCreationTimestamp ?? new Date(clock.now())
  const counters = await readStreamCounters(context, clock, { since, shardIds: [], signal })
  return {
    received: counters.stream.records,
    arrivals: counters.streamArrivals,
    estimated: counters.source.estimated,
    retentionMs: (summary.RetentionPeriodHours ?? 24) * 3_600_000,
  }
}

/**
 * What the batches up to `lastBatchId` left in the warehouse. A batch behind it has its rows there before its commit is
 * in the checkpoint, and others may follow while this is read; but what no checkpoint knows of is counted.
 */
async function countWarehouse(context: PipelineContext, clock: Clock, lastBatchId: number, signal: AbortSignal) {
  const { newestBatchId, ...counted } = await countBatches(context, clock, lastBatchId, signal)
  if (newestBatchId <= lastBatchId + 1) return counted
  const committedBy = (await readCheckpoint(context, signal))?.batchId ?? -1
  if (newestBatchId <= committedBy + 1) return counted
  const { newestBatchId: _, ...all } = await countBatches(context, clock, Number.MAX_SAFE_INTEGER, signal)
  return all
}

async function countBatches(context: PipelineContext, clock: Clock, lastBatchId: number, signal: AbortSignal) {
  const { schema, table, batchTable } = context.spec.sink
  const { rows } = await runStatement(
    context,
    clock,
    `select (select count(*) from ${schema}.${table} where batch_id is null or batch_id <= ${lastBatchId}) as loaded,
            coalesce(sum(duplicate_rows_in_batch + duplicate_rows_matched), 0) as duplicates,
            coalesce(sum(loaded_rows), 0) as loaded_by_batches,
            coalesce(sum(read_rows), 0) as read_rows,
            coalesce(sum(${RECORDS_OF_BATCH}), 0) as records,
            ${UNCOUNTED_BATCHES} as uncounted_batches,
            (select coalesce(max(batch_id), -1) from ${schema}.${batchTable}) as newest_batch_id
     from ${schema}.${batchTable} where batch_id <= ${lastBatchId}`,
    { signal, name: 'ledger' },
  )
  const [loaded = 0, duplicates = 0, loadedByBatches = 0, readRows = 0, batchRecords = 0, uncounted = 0, newest = -1] =
    (rows[0] ?? []).map(Number)
  return {
    ...{ loaded, duplicates, loadedByBatches, rows: readRows, batchRecords },
    ...{ uncountedBatches: uncounted, newestBatchId: newest },
  }
}
