import { all, SCOPE, value } from '../fixture/open-core.ts'
import { openPipeline } from '../fixture/open-pipeline.ts'
import { fillStream } from './fill.ts'
import type { Report } from './report.ts'

/**
 * Rows per second from the stream to the fact table: a stream filled beforehand, limits off, sandbox and engine as
 * processes of their own.
 */
export async function benchEngine(report: Report, { quick = false }: { quick?: boolean }): Promise<void> {
  for (const shards of [1, 4, 16]) await benchShards(report, shards, quick ? 100_000 : 500_000)
}

async function benchShards(report: Report, shards: number, orders: number): Promise<void> {
  const pipeline = await openPipeline({ shards, limits: false })
  try {
    const { jobs } = pipeline.services
    await fillStream(pipeline.context, orders)
    await all(jobs.start({ ...SCOPE, engine: 'embedded' }))
    await all(jobs.drain({ ...SCOPE, thenStop: false }))
    const { schema, batchTable } = pipeline.spec.sink
    const [[read, batches, loaded, lastCommit] = []] = await pipeline.rows(
      `select sum(read_rows), count(*), sum(loaded_rows), max(committed_at) from ${schema}.${batchTable}`,
    )
    const startedMs = Date.parse(value(await jobs.list(SCOPE)).clusters[0]?.steps[0]?.startedAt ?? '')
    const seconds = (Date.parse(`${String(lastCommit).replace(' ', 'T')}Z`) - startedMs) / 1000
    report({
      name: `engine, stream to fact table, ${shards} shards`,
      value: Number(read) / seconds,
      unit: 'rows/s',
      detail:
        `${read} read, ${loaded} loaded in ${batches} batches, ${seconds.toFixed(1)} s from the start of the ` +
        `step's process`,
    })
  } finally {
    await pipeline.close()
  }
}
