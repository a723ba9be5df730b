import type { Latency } from '../../../shared/features/ledger.ts'
import type { SentSample } from '../../../shared/features/simulator.ts'
import type { Clock } from '../clock/clock.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { BatchProgress } from '../query-state/batch-progress.ts'
import { runStatement } from '../statements/run-statement.ts'
import { percentile } from './percentiles.ts'

/** Sequence numbers are 56 digits: this many stay below the Data API's 100 kB a statement. */
const SAMPLES_A_STATEMENT = 1_000

/**
 * Sent to loaded, of the sampled records that are in the fact table under their own sequence number (a duplicate's row
 * is its first record's). Loaded is when the engine knew the batch's transaction to be committed. `batchOf` remembers
 * by sequence number which batch loaded what was found, which does not change: the warehouse is asked for the others
 * only.
 */
export async function measureLatency(
  context: PipelineContext,
  clock: Clock,
  batches: BatchProgress,
  samples: readonly SentSample[],
  batchOf: Map<string, number>,
  signal: AbortSignal,
): Promise<Latency> {
  const drawn = new Set(samples.map(sample => sample.sequenceNumber))
  for (const known of batchOf.keys()) if (!drawn.has(known)) batchOf.delete(known)
  const asked = [...drawn].filter(sequenceNumber => !batchOf.has(sequenceNumber))
  for (let first = 0; first < asked.length; first += SAMPLES_A_STATEMENT) {
    const list = asked.slice(first, first + SAMPLES_A_STATEMENT).map(sequenceNumber => `'${sequenceNumber}'`)
    const { schema, table } = context.spec.sink
    const outcome = await runStatement(
      context,
      clock,
      `select sequence_number, batch_id from ${schema}.${table} where sequence_number in (${list.join(',')})`,
      { signal, maxRows: SAMPLES_A_STATEMENT },
    )
    for (const [sequenceNumber, batchId] of outcome.rows) batchOf.set(String(sequenceNumber), Number(batchId))
  }
  const found = await batches.many(context, [...new Set(batchOf.values())], signal)
  const committedAt = new Map(found.map(progress => [progress.batchId, Date.parse(progress.sluice.committedAt)]))
  const latencies = samples.flatMap(sample => {
    const batchId = batchOf.get(sample.sequenceNumber)
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
