import type { Engine } from '../../../shared/job/engine.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'
import { all, SCOPE, value } from '../../fixture/open-core.ts'
import { openPipeline } from '../../fixture/open-pipeline.ts'
import { fillStream } from '../fill.ts'
import type { Report } from '../report.ts'
import { watchMemory } from './memory.ts'

/** Batches as large as rows are still handed over in a few tasks; the trigger of 0 begins the next at once. */
const JOB = { triggerMs: 0, maxRecordsPerBatch: 50_000 }

/**
 * A stream that was filled beforehand, limits off: rows per second from the commit of the first batch to that of the
 * last, so that what starts once is not in it; what starts once, beside it; and what the processes take meanwhile.
 */
export async function benchSteady(
  report: Report,
  { engine, shards, quick }: { engine: Engine; shards: number; quick: boolean },
): Promise<void> {
  const orders = Number(process.env.ORDERS ?? 200000)
  const pipeline = await openPipeline({ shards, limits: false, job: JOB })
  try {
    const { jobs } = pipeline.services
    await fillStream(pipeline.context, orders)
    await all(jobs.start({ ...SCOPE, engine }))
    const step = value(await jobs.list(SCOPE)).clusters[0]?.steps[0]
    const memory = watchMemory(step?.id ?? '')
    await all(jobs.drain({ ...SCOPE, thenStop: false }))
    const used = memory.stop()
    const batches = await committedBatches(pipeline)
    const first = batches[0]
    const last = batches.at(-1)
    if (!first || !last || batches.length < 3)
      throw new Error(`There are only ${batches.length} batches: nothing steady to measure.`)
    const rows = batches.slice(1).reduce((sum, batch) => sum + batch.numInputRows, 0)
    const seconds = (committedMs(last) - committedMs(first)) / 1000
    const title = `${engine}, ${shards} shard${shards === 1 ? '' : 's'}`
    report({
      name: `${title}, step to first batch`,
      value: (committedMs(first) - Date.parse(step?.startedAt ?? '')) / 1000,
      unit: 's',
      detail: `${first.numInputRows} rows in it, ${orders} waited`,
    })
    report({
      name: `${title}, stream to fact table`,
      value: rows / seconds,
      unit: 'rows/s',
      detail:
        `${rows} rows in ${batches.length - 1} batches and ${seconds.toFixed(1)} s; of a batch, ms: ` +
        `${phasesOf(batches.slice(1))}`,
    })
    for (const { what, pssBytes, rssBytes, processes } of used) {
      report({
        name: `${title}, memory of ${what}`,
        value: pssBytes / 2 ** 20,
        unit: 'MiB PSS',
        detail:
          `at most; RSS ${(rssBytes / 2 ** 20).toFixed(0)} MiB, ` +
          `${processes} process${processes === 1 ? '' : 'es'}`,
      })
    }
  } finally {
    await pipeline.close()
  }
}

const committedMs = ({ sluice }: QueryProgress): number => Date.parse(sluice.committedAt)

/** All batches, in their order. */
async function committedBatches({
  batches,
  context,
  services,
}: Awaited<ReturnType<typeof openPipeline>>): Promise<QueryProgress[]> {
  const newest = value(await services.jobs.list(SCOPE)).progress?.batchId ?? -1
  return batches.many(
    context,
    Array.from({ length: newest + 1 }, (_, batchId) => batchId),
  )
}

/** The median of each phase that takes a millisecond or more, the longest first. */
function phasesOf(batches: readonly QueryProgress[]): string {
  const names = [...new Set(batches.flatMap(batch => Object.keys(batch.durationMs)))]
  return names
    .map(name => ({ name, ms: median(batches.map(batch => batch.durationMs[name] ?? 0)) }))
    .filter(({ ms }) => ms >= 1)
    .sort((a, b) => b.ms - a.ms)
    .map(({ name, ms }) => `${name} ${ms}`)
    .join(', ')
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
