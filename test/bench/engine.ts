import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { createCore } from '../../electron/core/core.ts'
import { parseCsv } from '../../electron/core/simulator/csv.ts'
import { createEventSource } from '../../electron/core/simulator/event-source.ts'
import { projectFiles } from '../../electron/hosts/project.ts'
import { sparkHost } from '../../electron/hosts/spark/spark-host.ts'
import type { Target } from '../../shared/features/targets.ts'
import { parsePipelineSpec } from '../../shared/pipelines/spec.ts'
import { temporaryFolder } from '../fixture/sluice.ts'
import type { Report } from './report.ts'

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const text = (path: string) => readFile(root(path), 'utf8')
const SCOPE = { target: 'sandbox', pipeline: 'food-delivery' }

/** Rows per second from the stream to the fact table: a stream filled beforehand, limits off, sandbox and engine as processes of their own. */
export async function benchEngine(report: Report, { quick = false }: { quick?: boolean }): Promise<void> {
  for (const shards of [1, 4, 16]) await benchShards(report, shards, quick ? 100_000 : 500_000)
}

async function benchShards(report: Report, shards: number, orders: number): Promise<void> {
  const folder = await temporaryFolder()
  const sandbox = spawn(
    process.execPath,
    [root('electron/hosts/sandbox/main.ts'), '--data', folder.path, '--limits', 'off', '--tied'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  )
  const { endpoint } = await new Promise<{ endpoint: string }>(resolve =>
    sandbox.stdout.once('data', line => resolve(JSON.parse(String(line)))),
  )
  const spec = parsePipelineSpec(await text('shared/pipelines/food-delivery.json'), 'food-delivery.json')
  const target: Target = {
    id: 'sandbox',
    kind: 'sandbox',
    title: 'Sandbox',
    region: 'us-east-1',
    account: '000000000000',
    colour: '#000',
    protection: 'none',
    engines: ['embedded'],
    endpoint,
    warehouse: { clusterIdentifier: 'sluice', database: 'dev', dbUser: 'awsuser' },
  }
  const clock = { now: Date.now, sleep: (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms)) }
  const core = createCore({
    targets: async () => [target],
    pipelines: [spec],
    stateDir: `${folder.path}/core`,
    clock,
    random: Math.random,
    projectFile: text,
    projectFiles,
    log: line => process.stderr.write(`${line}\n`),
    spark: sparkHost(process),
  })
  const { signal } = new AbortController()
  try {
    const { provision, artifacts, warehouse, jobs } = core.services
    await drainAll(provision.service.apply({ ...SCOPE, options: { shards } }, { signal }))
    await drainAll(artifacts.service.deploy(SCOPE, { signal }))
    await drainAll(warehouse.service.createAndLoadDimensions(SCOPE, { signal }))
    await fill(endpoint, spec, orders)
    await drainAll(jobs.service.start({ ...SCOPE, engine: 'embedded' }, { signal }))
    await drainAll(jobs.service.drain({ ...SCOPE, thenStop: false }, { signal }))
    const { rows } = await warehouse.service.query(
      {
        ...SCOPE,
        sql: `select sum(read_rows), count(*), sum(loaded_rows) from ${spec.sink.schema}.${spec.sink.batchTable}`,
        maxRows: 1,
        logged: false,
      },
      { signal },
    )
    const [read, batches, loaded] = (rows[0] ?? []).map(Number)
    const { clusters } = await jobs.service.list(SCOPE, { signal })
    const startedMs = Date.parse(clusters[0]?.steps[0]?.startedAt ?? '')
    const lastCommit = await lastCommitMs(core, spec)
    const seconds = (lastCommit - startedMs) / 1000
    report({
      name: `engine, stream to fact table, ${shards} shards`,
      value: (read ?? 0) / seconds,
      unit: 'rows/s',
      detail: `${read} read, ${loaded} loaded in ${batches} batches, ${seconds.toFixed(1)} s from the start of the step's process`,
    })
  } finally {
    await core.close()
    sandbox.kill('SIGTERM')
    await new Promise(resolve => sandbox.once('exit', resolve))
    await folder.remove()
  }
}

async function lastCommitMs(
  core: ReturnType<typeof createCore>,
  spec: { sink: { schema: string; batchTable: string } },
): Promise<number> {
  const { signal } = new AbortController()
  const { rows } = await core.services.warehouse.service.query(
    { ...SCOPE, sql: `select max(committed_at) from ${spec.sink.schema}.${spec.sink.batchTable}`, maxRows: 1, logged: false },
    { signal },
  )
  return Date.parse(`${String(rows[0]?.[0]).replace(' ', 'T')}Z`)
}

async function drainAll(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

/** Puts orders without the bookkeeping of the simulator, which is not what is measured here. */
async function fill(endpoint: string, spec: ReturnType<typeof parsePipelineSpec>, orders: number): Promise<void> {
  const kinesis = new KinesisClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: new NodeHttpHandler(),
  })
  const dimensions = new Map(
    await Promise.all(
      spec.dimensions.map(async dimension => [dimension.table, parseCsv(await text(`dims/${dimension.file}`))] as const),
    ),
  )
  const source = createEventSource(spec, dimensions, { seed: 1, duplicatesPercent: 0, invalidPercent: 1, latePercent: 1 })
  for (let first = 0; first < orders; first += 500) {
    const Records = Array.from({ length: Math.min(500, orders - first) }, (_, index) => {
      const { partitionKey, data } = source.order(first + index)
      return { PartitionKey: partitionKey, Data: data }
    })
    await kinesis.send(new PutRecordsCommand({ StreamName: spec.source.stream, Records }))
  }
  kinesis.destroy()
}
