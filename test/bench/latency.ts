import { runSluice, temporaryFolder } from '../fixture/sluice.ts'
import type { Report } from './report.ts'

/** From sent to loaded at 500 records a second and shard, limits on: the whole pipeline, as `sluice demo` runs it. */
export async function benchLatency(report: Report, { quick = false }: { quick?: boolean }): Promise<void> {
  for (const shards of [1, 4]) {
    const rate = 500 * shards
    const orders = rate * (quick ? 10 : 30)
    const folder = await temporaryFolder()
    try {
      const args = [
        'demo',
        '--json',
        '--data',
        folder.path,
        '--orders',
        `${orders}`,
        '--rate',
        `${rate}`,
        '--shards',
        `${shards}`,
      ]
      const { json } = await runSluice(args)
      const { latencyMs, difference } = json as {
        latencyMs: { p50: number; p95: number; p99: number }
        difference: number
      }
      const detail = `${rate} records/s for ${orders / rate} s, ledger difference ${difference}`
      for (const [name, value] of Object.entries(latencyMs))
        report({ name: `sent to loaded, ${shards} shards, ${name}`, value, unit: 'ms', detail })
    } finally {
      await folder.remove()
    }
  }
}
