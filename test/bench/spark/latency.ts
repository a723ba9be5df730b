import { measureLatency } from '../../../electron/core/ledger/latency.ts'
import { systemClock } from '../../../electron/hosts/clock.ts'
import { isOver } from '../../../shared/features/simulator.ts'
import { all, SCOPE, value } from '../../fixture/open-core.ts'
import { openPipeline } from '../../fixture/open-pipeline.ts'
import type { Report } from '../report.ts'

/** What a shard takes at ease: it takes 1,000 records a second. */
const PER_SECOND = 500
/** Sent first, so that Spark has started and its code is warm: not measured. */
const WARM_UP_ORDERS = 2_000

/** From sent to loaded at a steady rate on one shard, limits on, once the job is under way. */
export async function benchSparkLatency(
  report: Report,
  { triggerMs, quick }: { triggerMs: number; quick: boolean },
): Promise<void> {
  const seconds = quick ? 20 : 60
  const pipeline = await openPipeline({ shards: 1, limits: true, job: { triggerMs } })
  try {
    const { jobs, simulator } = pipeline.services
    const send = async (orders: number) => {
      const mix = { seed: 1, duplicatesPercent: 0, invalidPercent: 1, latePercent: 1 }
      const options = { mix, profile: { kind: 'constant' as const, perSecond: PER_SECOND }, events: orders }
      value(await simulator.start({ ...SCOPE, options }))
      for await (const status of simulator.watch(SCOPE)) {
        const { state, reason } = value(status)
        if (state === 'failed') throw new Error(reason)
        if (isOver(state)) break
      }
    }
    await all(jobs.start({ ...SCOPE, engine: 'spark' }))
    await send(WARM_UP_ORDERS)
    await all(jobs.drain({ ...SCOPE, thenStop: false }))
    const sinceMs = Date.now()
    await send(PER_SECOND * seconds)
    await all(jobs.drain({ ...SCOPE, thenStop: false }))
    const samples = value(await simulator.samples(SCOPE)).filter(({ sentAtMs }) => sentAtMs >= sinceMs)
    const { signal } = new AbortController()
    const latency = await measureLatency(pipeline.context, systemClock, pipeline.batches, samples, new Map(), signal)
    const { p50Ms, p95Ms, p99Ms } = latency
    for (const [name, ms] of Object.entries({ p50: p50Ms, p95: p95Ms, p99: p99Ms })) {
      report({
        name: `spark, sent to loaded, trigger of ${triggerMs / 1000} s, ${name}`,
        value: ms ?? Number.NaN,
        unit: 'ms',
        detail: `${PER_SECOND} records/s on 1 shard for ${seconds} s, ${latency.samples} records, drawn evenly`,
      })
    }
  } finally {
    await pipeline.close()
  }
}
