import type { Latency } from '../../../shared/features/ledger.ts'
import type { SentSample } from '../../../shared/features/simulator.ts'
import type { Clock } from '../clock/clock.ts'
import type { LedgerOf } from '../ledgers/ledger.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { BatchProgress } from '../query-state/batch-progress.ts'
import { percentile } from './percentiles.ts'

/**
 * Sent to loaded, of the sampled records that are in the fact table under their own offset (a duplicate's row is its
 * first record's). Loaded is when the engine knew the batch's transaction to be committed. `batchOf` remembers by place
 * which batch loaded what was found, which does not change: the ledger is asked for the others only.
 */
export async function measureLatency(
  context: PipelineContext,
  { clock, batches, ledgerOf }: { clock: Clock; batches: BatchProgress; ledgerOf: LedgerOf },
  samples: readonly SentSample[],
  batchOf: Map<string, number>,
  signal: AbortSignal,
): Promise<Latency> {
  const drawn = new Map(samples.map(sample => [placeOf(sample), sample]))
  for (const known of batchOf.keys()) if (!drawn.has(known)) batchOf.delete(known)
  const asked = [...drawn]
    .filter(([place]) => !batchOf.has(place))
    .map(([, sample]) => ({ partition: sample.partitionId, offset: sample.offset }))
  for (const { place, batchId } of await ledgerOf(context).batchesOf(asked, signal))
    batchOf.set(`${place.partition}/${place.offset}`, batchId)
  const found = await batches.many(context, [...new Set(batchOf.values())], signal)
  const committedAt = new Map(found.map(progress => [progress.batchId, Date.parse(progress.sluice.committedAt)]))
  const latencies = samples.flatMap(sample => {
    const batchId = batchOf.get(placeOf(sample))
    const committed = batchId === undefined ? undefined : committedAt.get(batchId)
    return committed === undefined ? [] : [committed - sample.sentAtMs]
  })
  return {
    samples: latencies.length,
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    p99Ms: percentile(latencies, 0.99),
    at: new Date(clock.now()).toISOString(),
  }
}

const placeOf = ({ partitionId, offset }: SentSample): string => `${partitionId}/${offset}`
