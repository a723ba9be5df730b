import type { Report } from '../report.ts'
import { benchSparkLatency } from './latency.ts'
import { benchSteady } from './steady.ts'

/**
 * The job on Spark: from spark-submit to the first batch, rows per second when it is under way (and those of the
 * embedded engine on the same records), memory, and from sent to loaded. Sandbox, Spark and this process share the
 * machine.
 */
export async function benchSpark(report: Report, options: { quick?: boolean }): Promise<void> {
  const quick = options.quick ?? false
  for (const shards of [1, 4, 16])
    for (const engine of ['spark', 'embedded'] as const) await benchSteady(report, { engine, shards, quick })
  for (const triggerMs of [1_000, 2_000, 10_000]) await benchSparkLatency(report, { triggerMs, quick })
}
