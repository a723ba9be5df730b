import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EMRClient } from '@aws-sdk/client-emr'
import { KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis'
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data'
import { foodDelivery } from '../../fixture/open-core.ts'
import { BENCH_KEY } from '../bench-key.ts'
import { createOrderFeed } from '../fill.ts'
import type { Area } from './area.ts'
import type { CleanUp } from './clean-up.ts'
import { batchesAfter, batchTable, type CommittedBatch, newestBatch, type Warehouse } from './committed-batches.ts'
import { cpuOfOneMs, cpuWithEndedMs, familyOf } from './program.ts'
import type { Figure } from './ratio.ts'
import { stepsOf, withValues } from './steps.ts'
import { anyKeyOption, runIn, sparkFolder, type Tree } from './tree.ts'

type Engine = 'embedded' | 'spark'

const SHARDS = 4
const ORDERS_A_ROUND = 200_000
/** Batches alike on both sides, and the next one begins at once; see test/bench/spark/steady.ts. */
const VALUES = { '--trigger-ms': '0', '--max-records-per-batch': '50000' }
const POLL_EVERY_MS = 500
const LONGEST_ROUND_MS = 180_000
const LONGEST_END_MS = 30_000

/**
 * The job on an engine: `sluice demo --keep` of the revision makes its pipeline and its step; then, over the wire, the
 * step is cancelled, the stream is filled, the same step is added again, and its batches are looked up in the
 * warehouse.
 */
export const jobArea = (engine: Engine): Area => ({
  rounds: engine === 'spark' ? { quick: 2, full: 6 } : { quick: 4, full: 10 },
  async open(tree, cleanUp) {
    const { emr, kinesis, warehouse, sandboxPid, close } = await provision(tree, cleanUp, engine)
    const { StreamNames: [stream = ''] = [] } = await kinesis.send(new ListStreamsCommand({}))
    const feed = await createOrderFeed(await foodDelivery())
    const table = await batchTable(warehouse)
    const steps = await stepsOf(emr, cleanUp.signal)
    const first = await steps.newest()
    await steps.cancel(first.id)
    const step = { ...first, args: withValues(first.args, VALUES) }

    /** Runs the step until it has committed all orders. */
    async function load(): Promise<Loaded> {
      const before = await newestBatch(warehouse, table)
      const used: Used[] = []
      const id = await steps.add(step)
      const deadline = performance.now() + LONGEST_ROUND_MS
      for (;;) {
        await delay(POLL_EVERY_MS, undefined, { signal: cleanUp.signal })
        const batches = await batchesAfter(warehouse, table, before)
        const { name, ended, startedMs } = await steps.state(id)
        const cpu = cpuOf(sandboxPid)
        if (cpu) used.push({ rows: rowsOf(batches), ...cpu })
        if (rowsOf(batches) >= ORDERS_A_ROUND) {
          await steps.cancel(id)
          return { startedMs, used, batches: batches.filter(batch => batch.rows > 0) }
        }
        if (ended || performance.now() > deadline)
          throw new Error(`${rowsOf(batches)} of ${ORDERS_A_ROUND} rows are loaded, and the step is ${name}`)
      }
    }

    return {
      async round() {
        await feed.put(kinesis, stream, ORDERS_A_ROUND)
        return figuresOf(engine, await load())
      },
      close,
    }
  },
})

const rowsOf = (batches: readonly CommittedBatch[]): number => batches.reduce((sum, batch) => sum + batch.rows, 0)

interface Loaded {
  startedMs: number
  batches: CommittedBatch[]
  used: Used[]
}

/** What was used of a core, ms, when so many rows were committed. */
interface Used {
  rows: number
  sandboxMs: number
  stepMs: number
}

/** Undefined where there is no /proc. The step's processes are below the sandbox's. */
function cpuOf(sandboxPid: number): Omit<Used, 'rows'> | undefined {
  const family = familyOf(sandboxPid)
  return family && { sandboxMs: cpuOfOneMs(sandboxPid), stepMs: cpuWithEndedMs(family.slice(1)) }
}

/** CPU from the first reading that saw rows committed to the last one; none when there are not two such readings. */
function cpuFigures(engine: Engine, used: readonly Used[]): Figure[] {
  const [first, last] = [used.find(({ rows }) => rows > 0), used.at(-1)]
  if (!first || !last || last.rows <= first.rows) return []
  const perRows = (ms: number) => (100 * ms) / (last.rows - first.rows)
  const figure = (what: string, of: (at: Used) => number) => ({
    name: `${engine}, CPU of ${what} for 100,000 rows`,
    unit: 's',
    value: perRows(of(last) - of(first)),
  })
  return [figure('the step', at => at.stepMs), figure('the sandbox', at => at.sandboxMs)]
}

function figuresOf(engine: Engine, { startedMs, batches, used }: Loaded): Figure[] {
  const [first, last] = [batches[0], batches.at(-1)]
  if (!first || !last || batches.length < 3)
    throw new Error(`There are only ${batches.length} batches: nothing steady to measure`)
  const perSecond = (rows: number, fromMs: number) => (1000 * rows) / (last.committedMs - fromMs)
  const table = `${engine}, stream to fact table`
  return [
    { name: `${engine}, step to first batch`, unit: 's', value: (first.committedMs - startedMs) / 1000 },
    {
      name: `${table}, from the first commit on`,
      unit: 'rows/s',
      value: perSecond(rowsOf(batches.slice(1)), first.committedMs),
    },
    { name: `${table}, from the start of the step on`, unit: 'rows/s', value: perSecond(rowsOf(batches), startedMs) },
    ...cpuFigures(engine, used),
  ]
}

/** The pipeline of a revision, in a sandbox of its own that goes on until it is closed. */
async function provision(tree: Tree, cleanUp: CleanUp, engine: Engine) {
  const data = await mkdtemp(join(tmpdir(), 'sluice-against-job-'))
  const environment = engine === 'spark' ? { SLUICE_SPARK_FOLDER: await sparkFolder(tree, cleanUp) } : undefined
  const sluice = (args: string[]) =>
    runIn(tree, cleanUp, process.execPath, ['bin/sluice.mjs', ...args, '--data', data], environment)
  const close = await cleanUp.add(async () => {
    // Not by runIn: the clean-up may have begun.
    spawnSync(process.execPath, ['bin/sluice.mjs', 'stop', '--data', data], { cwd: tree.root, timeout: LONGEST_END_MS })
    await rm(data, { recursive: true, force: true, maxRetries: 5 })
  })
  const anyKey = await anyKeyOption(tree, cleanUp, 'demo')
  const asked = ['demo', '--headless', '--keep', '--json', ...anyKey, '--limits', 'off', '--orders', '100']
  const { endpoint, warehouse: names } = JSON.parse(
    await sluice([...asked, '--engine', engine, '--shards', `${SHARDS}`]),
  ) as { endpoint: string; warehouse: { clusterIdentifier: string; database: string; dbUser: string } }
  const access = { endpoint, region: 'us-east-1', credentials: BENCH_KEY }
  const clients = {
    emr: new EMRClient(access),
    kinesis: new KinesisClient(access),
    redshift: new RedshiftDataClient(access),
  }
  const warehouse: Warehouse = {
    client: clients.redshift,
    place: { ClusterIdentifier: names.clusterIdentifier, Database: names.database, DbUser: names.dbUser },
  }
  const { pid } = JSON.parse(await readFile(join(data, 'sandbox', 'running.json'), 'utf8')) as { pid: number }
  return {
    ...clients,
    warehouse,
    sandboxPid: pid,
    async close() {
      for (const client of Object.values(clients)) client.destroy()
      await close()
    },
  }
}
