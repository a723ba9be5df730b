import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Finished, runSluice, startSluice, temporaryFolder } from '../fixture/sluice.ts'
import { SPARK_FOLDER } from '../fixture/spark.ts'

interface DemoJson {
  engine: string
  events: number
  sent: number
  accepted: number
  read: number
  duplicates: number
  invalid: number
  late: number
  loaded: number
  difference: number
  partitions: { id: string; records: number; bytes: number }[]
  endpoint: string
  latencyMs: { p50: number; p95: number; p99: number }
}

const MIX = ['--seed', '7', '--duplicates', '5', '--invalid', '3', '--late', '4']
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let first: Finished

describe('sluice demo', () => {
  beforeAll(async () => {
    folder = await temporaryFolder()
    first = await runSluice([
      'demo',
      '--json',
      '--data',
      folder.path,
      '--events',
      '2000',
      '--rate',
      '0',
      '--shards',
      '2',
      '--limits',
      'off',
      '--keep',
      ...MIX,
    ])
  })
  afterAll(async () => {
    await runSluice(['stop', '--data', folder.path])
    await folder.remove()
  })

  it('accounts for every order, and stdout is one JSON object', () => {
    expect(first.exitCode, first.stderr).toBe(0)
    const json = first.json as DemoJson
    expect(json).toMatchObject({ engine: 'embedded', events: 2000, difference: 0, others: 0 })
    expect(json.accepted).toBe(json.read)
    expect(json.read).toBe(json.duplicates + json.invalid + json.late + json.loaded)
    expect(json.partitions.reduce((sum, shard) => sum + shard.records, 0)).toBe(json.accepted)
    expect(json.duplicates).toBeGreaterThan(0)
    expect(json.invalid).toBeGreaterThan(0)
    expect(json.latencyMs.p95).toBeGreaterThanOrEqual(json.latencyMs.p50)
  })

  it('left running, answers lag, jobs and queries as JSON', async () => {
    const ask = async (...args: string[]) => {
      const { exitCode, json, stderr } = await runSluice([...args, '--json', '--data', folder.path])
      expect(exitCode, stderr).toBe(0)
      return json as Record<string, unknown>
    }
    expect(await ask('lag')).toMatchObject({ total: { behindRecords: 0, behindMs: 0 }, catchUpSeconds: 0 })
    expect(await ask('jobs')).toMatchObject({
      clusters: [{ state: 'RUNNING', steps: [{ state: 'RUNNING', engine: 'embedded' }] }],
    })
    const { rows } = await ask('query', 'select count(*) from food_delivery_datamart.factOrders')
    expect(rows).toEqual([[(first.json as DemoJson).loaded]])
    const failed = await runSluice(['query', 'select * from nowhere', '--data', folder.path])
    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toContain('relation "nowhere" does not exist')
  })

  it('gives all of a long answer to a reader that takes its time', async () => {
    const sql = 'select a.* from food_delivery_datamart.dimCustomers a cross join (select 1 union all select 2) b'
    const asked = startSluice(['query', sql, '--json', '--data', folder.path])
    asked.child.stdout?.pause()
    // It has written all that a pipe takes, and would be gone by now if it did not wait.
    await new Promise(resolve => setTimeout(resolve, 3_000))
    asked.child.stdout?.resume()
    expect((await asked.finished).json).toMatchObject({ totalRows: 6_000 })
  })

  it('shows the checkpoint of the job, and resets none while the job runs', async () => {
    const shown = await runSluice(['checkpoint', '--json', '--data', folder.path])
    expect(shown.json).toMatchObject({
      state: 'fine',
      choices: [{ kind: 'checkpoint' }, { kind: 'oldest' }, { kind: 'now' }],
    })
    const refused = await runSluice([
      'checkpoint',
      'reset',
      '--from',
      'oldest',
      '--name',
      'food-delivery',
      '--data',
      folder.path,
    ])
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain('is running on the checkpoint')
  })

  it('goes on with new orders on the same state while the stream is resharded, and loses nothing', async () => {
    const second = startSluice(['demo', '--json', '--data', folder.path, '--events', '4000', '--rate', '1500', ...MIX])
    await second.says('Simulator:')
    const resharded = await runSluice(['reshard', '3', '--data', folder.path])
    expect(resharded.exitCode, resharded.stderr).toBe(0)
    const { exitCode, json, stderr } = await second.finished
    expect(exitCode, stderr).toBe(0)
    expect(json).toMatchObject({ events: 6000, difference: 0, others: 0 })
    expect((json as DemoJson).partitions.length).toBeGreaterThan(2)
  })

  it('is destroyed only when its name is typed, and then whole', async () => {
    const refused = await runSluice(['destroy', '--data', folder.path])
    expect(refused.exitCode).toBe(4)
    expect(refused.stderr).toContain('its name must be typed: food-delivery')
    const destroyed = await runSluice(['destroy', '--name', 'food-delivery', '--json', '--data', folder.path])
    expect(destroyed.exitCode, destroyed.stderr).toBe(0)
    const { changes } = destroyed.json as { changes: { action: string }[] }
    expect(new Set(changes.map(change => change.action))).toEqual(new Set(['create']))
  })
})

it('the same seed and options give the same counts, on another state and another number of shards', async () => {
  const other = await temporaryFolder()
  try {
    const { json, stderr } = await runSluice([
      'demo',
      '--json',
      '--data',
      other.path,
      '--events',
      '2000',
      '--rate',
      '0',
      '--shards',
      '1',
      '--limits',
      'off',
      ...MIX,
    ])
    const [a, b] = [first.json as DemoJson, json as DemoJson]
    expect(b?.invalid, stderr).toBe(a.invalid)
    expect(b.loaded + b.late + b.duplicates).toBe(a.loaded + a.late + a.duplicates)
    expect(b.sent).toBe(a.sent)
  } finally {
    await other.remove()
  }
})

it('a wrong option is refused with what to give instead, before anything starts', async () => {
  const { exitCode, stderr } = await runSluice(['demo', '--events', 'many'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('Give a whole number')
})

it('Ctrl-C stops it cleanly, and the next run closes the ledger', async () => {
  const state = await temporaryFolder()
  try {
    const started = startSluice(['demo', '--json', '--data', state.path, '--events', '100000', '--rate', '800'])
    await started.says('batch 1')
    started.child.kill('SIGINT')
    const stopped = await started.finished
    expect(stopped.exitCode, stopped.stderr).toBe(130)
    const { exitCode, json, stderr } = await runSluice(['demo', '--json', '--data', state.path, '--events', '200'])
    expect(exitCode, stderr).toBe(0)
    expect(json).toMatchObject({ difference: 0, others: 0 })
  } finally {
    await state.remove()
  }
})

it('on Spark every order is accounted for, and the embedded engine goes on from the same checkpoint', async () => {
  const state = await temporaryFolder()
  try {
    const demo = (...args: string[]) =>
      startSluice(
        ['demo', '--json', '--data', state.path, '--events', '2000', '--rate', '0', '--limits', 'off', ...MIX, ...args],
        {
          SLUICE_SPARK_FOLDER: SPARK_FOLDER,
        },
      ).finished
    const spark = await demo('--engine', 'spark')
    expect(spark.exitCode, spark.stderr).toBe(0)
    const counted = spark.json as DemoJson
    expect(counted).toMatchObject({ engine: 'spark', events: 2000, difference: 0, others: 0 })
    expect(counted.read).toBe(counted.accepted)
    expect(counted.read).toBe(counted.duplicates + counted.invalid + counted.late + counted.loaded)
    expect(counted.invalid).toBe((first.json as DemoJson).invalid)
    expect(counted.loaded + counted.late + counted.duplicates).toBe(
      (first.json as DemoJson).loaded + (first.json as DemoJson).late + (first.json as DemoJson).duplicates,
    )
    const embedded = await demo('--engine', 'embedded')
    expect(embedded.exitCode, embedded.stderr).toBe(0)
    expect(embedded.json).toMatchObject({ engine: 'embedded', events: 4000, difference: 0, others: 0 })
  } finally {
    await state.remove()
  }
}, 600_000)
