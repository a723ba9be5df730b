import type { ledgerContract } from '../../../shared/features/ledger.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { SentSample, SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { LedgerOf } from '../ledgers/ledger.ts'
import type { ContextOf } from '../pipeline-context.ts'
import type { BatchProgress } from '../query-state/batch-progress.ts'
import { type CommittedCheckpoint, readCheckpoint } from '../query-state/committed-checkpoint.ts'
import type { SourceOf, StreamSource } from '../sources/source.ts'
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
  sourceOf: SourceOf
  ledgerOf: LedgerOf
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
      const loaded = await deps.ledgerOf(context).counts(signal)
      const received = await countReceived(deps.sourceOf(context), deps.clock, signal)
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
          ...loaded,
        },
        new Date(deps.clock.now()).toISOString(),
      )
    },
    async latency(scope, { signal }) {
      const context = await deps.contextOf(scope)
      const key = `${context.target.id}/${context.spec.id}`
      const batchOf = batchOfSamples.get(key) ?? new Map<string, number>()
      batchOfSamples.set(key, batchOf)
      return measureLatency(context, deps, await deps.simulator.samples(scope, signal), batchOf, signal)
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

/** The stream's own count since it was made. */
async function countReceived(source: StreamSource, clock: Clock, signal: AbortSignal): Promise<number> {
  const { createdMs = clock.now() } = await source.state(signal)
  return (await source.counters({ since: new Date(createdMs), partitions: [], signal })).stream.records
}
