import type { ledgerContract } from '../../../shared/features/ledger.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { SentSample, SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { BatchProgress } from '../aws/batch-progress.ts'
import { RECORDS_OF_BATCH, UNCOUNTED_BATCHES } from '../aws/batch-table.ts'
import { type CommittedCheckpoint, readCheckpoint } from '../aws/checkpoint.ts'
import { describeStream } from '../aws/describe-stream.ts'
import { runStatement } from '../aws/run-statement.ts'
import { readStreamCounters } from '../aws/stream-counters.ts'
import type { Clock, ContextOf, PipelineContext } from '../pipeline-context.ts'
import { closeLedger } from './equations.ts'
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
      const checkpoint = await readCheckpoint(context, signal)
      const lastBatchId = checkpoint?.batchId ?? -1
      const quarantined = (kind: 'invalid' | 'late') =>
        countQuarantined(context, kind, lastBatchId, countedFiles, signal)
      const invalid = await quarantined('invalid')
      const late = await quarantined('late')
      const warehouse = await countWarehouse(context, signal)
      const received = await countReceived(context, deps.clock, signal)
      // Last of all: what the stream has of the simulator's records then, the simulator knows as accepted or under way.
      const { counts } = await deps.simulator.status(scope, signal)
      return closeLedger(
        {
          orders: counts.orders,
          sent: counts.sent,
          accepted: counts.accepted,
          throttled: counts.throttled,
          retried: counts.retried,
          unconfirmed: counts.unconfirmed,
          pending: counts.pending,
          givenUp: counts.givenUp,
          received,
          ...countRead(checkpoint),
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

async function countReceived(context: PipelineContext, clock: Clock, signal: AbortSignal): Promise<number> {
  const { summary } = await describeStream(context, signal)
  const since = summary.StreamCreationTimestamp ?? new Date(clock.now())
  return (await readStreamCounters(context, clock, { since, shardIds: [], signal })).stream.records
}

async function countWarehouse(context: PipelineContext, signal: AbortSignal) {
  const { schema, table, batchTable } = context.spec.sink
  const { rows } = await runStatement(
    context,
    `select (select count(*) from ${schema}.${table}) as loaded,
            coalesce(sum(duplicate_rows_in_batch + duplicate_rows_matched), 0) as duplicates,
            coalesce(sum(loaded_rows), 0) as loaded_by_batches,
            coalesce(sum(read_rows), 0) as read_rows,
            coalesce(sum(${RECORDS_OF_BATCH}), 0) as records,
            ${UNCOUNTED_BATCHES} as uncounted_batches
     from ${schema}.${batchTable}`,
    { signal, name: 'ledger' },
  )
  const [loaded = 0, duplicates = 0, loadedByBatches = 0, readRows = 0, batchRecords = 0, uncountedBatches = 0] = (
    rows[0] ?? []
  ).map(Number)
  return { loaded, duplicates, loadedByBatches, rows: readRows, batchRecords, uncountedBatches }
}
