import type { ledgerContract } from '../../../shared/features/ledger.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { SentSample, SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { BatchLedger, LedgerCounts, LedgerOf } from '../ledgers/ledger.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import type { BatchProgress } from '../query-state/batch-progress.ts'
import { type CommittedCheckpoint, readCheckpoint } from '../query-state/committed-checkpoint.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import type { SourceOf, StreamSource } from '../sources/source.ts'
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

/** What a stream keeps that does not say it. */
const DAY_MS = 86_400_000

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
      const source = deps.sourceOf(context)
      const before = await deps.simulator.status(scope, signal)
      // One moment: where the job stands, and at once what there is beyond it.
      const checkpoint = await readCheckpoint(context, signal)
      const stream = await countReceived(source, deps.clock, signal)
      // After the stream's count: what the reader says then, it says of all that was counted.
      const progress = await latestProgress(context, signal)
      const after = await deps.simulator.status(scope, signal)
      const lastBatchId = checkpoint?.batchId ?? -1
      const quarantined = (kind: 'invalid' | 'late') =>
        countQuarantined(context, kind, lastBatchId, countedFiles, signal)
      const invalid = await quarantined('invalid')
      const late = await quarantined('late')
      const loaded = await countLoaded(deps.ledgerOf(context), context, lastBatchId, signal)
      const [committed] = checkpoint ? await deps.batches.many(context, [lastBatchId], signal) : []
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
 * Positions count a partition's records from its first one on, those that were passed over included; a query that was
 * reset to begin elsewhere says in its checkpoint how many that were, and how many it reads again.
 */
function countRead(checkpoint: CommittedCheckpoint | undefined) {
  const behind = Object.values(checkpoint?.offset ?? {}).reduce((sum, position) => sum + position.records, 0)
  const { readAgain, skipped, counted } = checkpoint?.beginning ?? { readAgain: 0, skipped: 0, counted: true }
  return { read: behind + readAgain - skipped, readAgain, skipped, beginningCounted: counted }
}

async function countReceived(source: StreamSource, clock: Clock, signal: AbortSignal) {
  const { createdMs = clock.now(), retentionMs = DAY_MS } = await source.state(signal)
  const counters = await source.counters({ since: new Date(createdMs), partitions: [], signal })
  return {
    received: counters.stream.records,
    arrivals: counters.streamArrivals,
    estimated: counters.source.estimated,
    retentionMs,
  }
}

/**
 * What the batches up to `lastBatchId` left. A batch behind it has its rows there before its commit is in the
 * checkpoint, and others may follow while this is read; but what no checkpoint knows of is counted.
 */
async function countLoaded(
  ledger: BatchLedger,
  context: PipelineContext,
  lastBatchId: number,
  signal: AbortSignal,
): Promise<LedgerCounts> {
  const { newestBatchId, ...counted } = await ledger.counts(lastBatchId, signal)
  if (newestBatchId <= lastBatchId + 1) return counted
  const committedBy = (await readCheckpoint(context, signal))?.batchId ?? -1
  if (newestBatchId <= committedBy + 1) return counted
  const { newestBatchId: _, ...all } = await ledger.counts(Number.MAX_SAFE_INTEGER, signal)
  return all
}
