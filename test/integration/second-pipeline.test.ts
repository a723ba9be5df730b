import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { toAppError } from '../../electron/core/errors/expected-error.ts'
import { openCore } from '../../electron/hosts/open-core.ts'
import { superviseSandbox } from '../../electron/hosts/sandbox/supervise.ts'
import { servicesOf } from '../../shared/features/services.ts'
import { connect } from '../../shared/rpc/connect.ts'
import { memoryLink } from '../../shared/rpc/memory-link.ts'
import { serve } from '../../shared/rpc/serve.ts'
import { all, value } from '../fixture/open-core.ts'
import { runSluice, temporaryFolder } from '../fixture/sluice.ts'

const FOLDER = fileURLToPath(new URL('../fixture/pipelines', import.meta.url))
const FOOD = { target: 'sandbox', pipeline: 'food-delivery' }
const WEATHER = { target: 'sandbox', pipeline: 'weather-stations' }
const MIX = { seed: 5, duplicatesPercent: 5, invalidPercent: 4, latePercent: 4 }
const EVENTS = 600

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let opened: Awaited<ReturnType<typeof open>>

/** The real core, with the folder of a user's specs, on a sandbox of its own. */
async function open(data: string) {
  const sandbox = await superviseSandbox({
    data,
    limits: false,
    anyKey: false,
    checkSignatures: true,
    detached: false,
    onEvent: () => undefined,
  })
  const core = await openCore({ data, endpoint: sandbox.endpoint, keepHistory: false, pipelines: [FOLDER] })
  const link = memoryLink()
  serve(core.services, link.core, toAppError)
  const connection = connect(link.page)
  return {
    ...servicesOf(connection),
    async close() {
      connection.close()
      await core.close()
      await sandbox.stop()
    },
  }
}

/** From nothing to a drained stream. */
async function run(scope: typeof FOOD): Promise<void> {
  const shown = value(await opened.provision.plan({ ...scope, options: {} }))
  await all(opened.provision.apply({ ...scope, options: {}, shown }))
  await all(opened.artifacts.deploy(scope))
  await all(opened.warehouse.createAndLoadDimensions(scope))
  await all(opened.jobs.start({ ...scope, engine: 'embedded' }))
  value(await opened.simulator.start({ ...scope, options: { mix: MIX, profile: { kind: 'max' }, events: EVENTS } }))
  await vi.waitUntil(
    async () => {
      const { closes, loaded, accepted, read } = value(await opened.ledger.read(scope))
      return closes && loaded > 0 && accepted >= EVENTS && read === accepted
    },
    { timeout: 120_000, interval: 1_000 },
  )
}
const actions = async (scope: typeof FOOD) =>
  new Set(value(await opened.provision.plan({ ...scope, options: {} })).changes.map(change => change.action))

describe('a pipeline of a user, beside another one on the same sandbox', () => {
  beforeAll(async () => {
    folder = await temporaryFolder()
    opened = await open(folder.path)
    await run(FOOD)
    await run(WEATHER)
  }, 300_000)
  afterAll(async () => {
    await opened.close()
    await folder.remove()
  })

  it('is listed with its own words and its own first query', async () => {
    const { pipelines } = value(await opened.pipelines.list({}))
    expect(pipelines.find(entry => entry.folder === FOLDER)).toMatchObject({
      state: 'ready',
      id: 'weather-stations',
      event: { noun: 'reading', plural: 'readings', key: ['station', 'read_at'] },
      table: 'readings',
      firstQuery: expect.stringContaining('from weather.readings'),
    })
  })

  it('is provisioned whole, and is not behind', async () => {
    expect(await actions(WEATHER)).toEqual(new Set(['keep']))
    expect(value(await opened.lag.now(WEATHER)).total.behindRecords).toBe(0)
  })

  it('accounts for every event, with duplicates by both fields of the key', async () => {
    const ledger = value(await opened.ledger.read(WEATHER))
    expect(ledger).toMatchObject({ events: EVENTS, difference: 0, closes: true })
    for (const part of ['duplicates', 'invalid', 'late'] as const) expect(ledger[part], part).toBeGreaterThan(0)
    const sql =
      "select count(*), count(distinct station || '/' || read_at), count(distinct station) from weather.readings"
    const [[rows, keys, stations] = []] = value(await opened.warehouse.query({ ...WEATHER, sql })).rows
    expect(rows).toBe(ledger.loaded)
    expect(keys).toBe(ledger.loaded)
    expect(stations).toBe(5)
  })

  it('loads members of nested fields into columns, and lists, maps and objects into SUPER columns', async () => {
    const counted = ['count(*)', 'count(height)', 'count(lat)', 'count(counts)', 'count(diagnosis)', 'min(pulses)']
    const sql = `select ${counted.join(', ')}, sum(case when calibrated then 1 else 0 end) from weather.readings`
    const [[rows, heights, lats, maps, diagnoses, pulses, calibrated] = []] = value(
      await opened.warehouse.query({ ...WEATHER, sql }),
    ).rows.map(row => row.map(Number))
    expect(heights).toBe(rows)
    for (const some of [lats, maps, diagnoses, calibrated]) {
      expect(some).toBeGreaterThan(0)
      expect(some).toBeLessThan(rows ?? 0)
    }
    expect(pulses).toBeGreaterThan(2 ** 31)
  })

  it('traces an event from its key to the record in the stream', async () => {
    const [key = ''] = value(await opened.trace.recent(WEATHER))
    const trace = value(await opened.trace.find({ ...WEATHER, key }))
    expect(trace.row?.table).toBe('weather.readings')
    const sent = JSON.parse(trace.record?.data ?? '{}')
    const row = Object.fromEntries(
      (trace.row?.columns ?? []).map(({ name }, index) => [name, trace.row?.values[index] ?? null]),
    )
    expect(Number(row.celsius)).toBe(sent.celsius)
    expect(Number(row.height)).toBe(sent.site.height)
    expect(Number(row.hectopascal)).toBe(sent.hectopascal)
    expect(row.lat === null ? undefined : Number(row.lat)).toBe(sent.site.position?.lat)
    for (const name of ['gusts', 'counts', 'diagnosis'])
      expect(JSON.parse(String(row[name])), name).toEqual(sent[name] ?? null)
    expect(JSON.parse(String(row.site)).height).toBe(sent.site.height)
    expect(trace.moments.map(({ name }) => name)).toContain('loaded')
  })

  it('draws its own dashboard', async () => {
    const [chart] = value(await opened.warehouse.dashboard(WEATHER))
    const { rows } = value(await opened.warehouse.query({ ...WEATHER, sql: chart?.sql ?? '' }))
    expect(rows.map(([region]) => region)).toEqual(['coast', 'hills', 'plain'])
  })

  it('is destroyed without harm to the other one', async () => {
    await all(opened.jobs.cancel(WEATHER))
    await all(opened.provision.destroy({ ...WEATHER, confirm: 'weather-stations' }))
    expect(await actions(WEATHER)).toEqual(new Set(['create']))
    expect(await actions(FOOD)).toEqual(new Set(['keep']))
    expect(value(await opened.ledger.read(FOOD))).toMatchObject({ difference: 0, events: EVENTS })
  })
})

describe('sluice pipelines', () => {
  it('lists the specs of a folder beside those of Sluice, without a sandbox', async () => {
    const { stdout, exitCode } = await runSluice(['pipelines', '--pipelines', FOLDER, '--data', folder.path])
    expect(stdout).toContain('✓ food-delivery: Food delivery')
    expect(stdout).toContain('✓ weather-stations: Weather stations')
    expect(stdout).toMatch(/○ user-signups: .*\n.*\n.*\n {4}not built yet: Kafka sources \(signups\)/)
    expect(exitCode).toBe(0)
  })

  it('ends where the folder is not there', async () => {
    const { stderr, exitCode } = await runSluice(['pipelines', '--pipelines', `${folder.path}/nowhere`])
    expect(stderr).toContain('is not there')
    expect(exitCode).toBe(1)
  })
})
