import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entriesOf } from '../../../electron/core/audit/audit.ts'
import { type AuditLine, openAuditFile } from '../../../electron/core/audit/audit-file.ts'
import type { AuditEntry } from '../../../shared/features/audit.ts'
import { type Notice, strictCare } from '../../../shared/state/damage.ts'
import {
  ACCESS_KEY,
  AS_PRODUCTION,
  all,
  applied,
  coreState,
  failure,
  openCore,
  openCoreHere,
  SCOPE,
  sandboxTarget,
  value,
} from '../../fixture/open-core.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'
import { waiting } from '../../fixture/waiting.ts'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
beforeAll(async () => {
  pipeline = await openCoreHere()
})
afterAll(() => pipeline.close())

const audit = () => join(pipeline.context.stateDir, 'audit')
const entries = async (filter: object = {}): Promise<AuditEntry[]> =>
  value(await pipeline.core.audit.list({ ...filter, limit: 5_000 })).entries

describe('the audit log', () => {
  it('is empty at first', async () => {
    expect(value(await pipeline.core.audit.list({}))).toMatchObject({
      entries: [],
      total: 0,
      oldest: null,
      problems: [],
    })
  })

  it('has every call of an apply with its action, what it was about, and the id of its request', async () => {
    await all(applied(pipeline.core))
    const found = await entries({ action: 'provision.apply' })
    const create = found.find(({ call }) => call === 'CreateStream')
    expect(create).toMatchObject({
      target: 'sandbox',
      kind: 'sandbox',
      accountClass: 'sandbox',
      account: '000000000000',
      region: 'us-east-1',
      profile: null,
      action: 'apply food-delivery',
      pipeline: 'food-delivery',
      unlocked: false,
      service: 'kinesis',
      resources: ['StreamName=incoming-food-order-data'],
      outcome: 'ok',
      code: null,
    })
    const cluster = found.find(({ call }) => call === 'RunJobFlow')
    expect(cluster?.made.join()).toMatch(/JobFlowId=j-/)
    for (const entry of found) {
      expect(entry.requestId, JSON.stringify(entry)).toMatch(/.{8,}/)
      expect(entry.call).not.toMatch(/^(Describe|List|Get|Head)/)
    }
    expect(new Set(found.map(({ service }) => service))).toEqual(
      new Set(['s3', 'kinesis', 'iam', 'emr', 'redshiftdata']),
    )
  })

  it('has a call that failed, with its code and its request', async () => {
    await failure(pipeline.core.stream.repartition({ ...SCOPE, partitions: 40 }))
    const [failed] = await entries({ action: 'stream.repartition' })
    expect(failed).toMatchObject({ call: 'UpdateShardCount', outcome: 'failed', code: 'InvalidArgumentException' })
    expect(failed?.requestId).toMatch(/.{8,}/)
  })

  it('has what a statement does, and never its text', async () => {
    const sql = "insert into no_such_schema.t values ('a-literal-of-its-user')"
    expect(await pipeline.core.warehouse.query({ ...SCOPE, sql })).toMatchObject({ ok: false })
    expect(await pipeline.core.warehouse.query({ ...SCOPE, sql: 'select 1' })).toMatchObject({ ok: true })
    const [entry] = await entries({ action: 'warehouse.query' })
    expect(entry).toMatchObject({
      call: 'ExecuteStatement',
      outcome: 'ok',
      resources: expect.arrayContaining(['sql=insert']),
    })
    expect(
      readdirSync(audit())
        .map(name => readFileSync(join(audit(), name), 'utf8'))
        .join(),
    ).not.toContain('a-literal')
  })

  it('has what was refused, and what was unlocked', async () => {
    const guarded = pipeline.another({ rules: AS_PRODUCTION })
    const asked = { ...SCOPE, partitions: 2 }
    await failure(guarded.stream.repartition(asked))
    const { ticket } = value(
      await guarded.protection.unlock({ op: 'stream.repartition', input: asked, typed: 'reshard food-delivery' }),
    )
    for await (const result of guarded.stream.repartition(asked, undefined, ticket)) value(result)
    await guarded.close()
    const found = await entries({ action: 'stream.repartition' })
    const refused = found.find(({ outcome }) => outcome === 'refused')
    expect(refused).toMatchObject({ code: 'protected', call: null, unlocked: false })
    expect(found[0]).toMatchObject({
      outcome: 'ok',
      call: 'UpdateShardCount',
      unlocked: true,
      accountClass: 'production',
      kind: 'sandbox',
    })
  })

  it('has one line for all records of a run of the simulator, which says that it is a sum', async () => {
    const options = {
      mix: { seed: 1, duplicatesPercent: 0, invalidPercent: 0, latePercent: 0 },
      // Below what a shard takes: nothing is refused on a busy machine, either.
      profile: { kind: 'constant' as const, perSecond: 300 },
      events: 300,
    }
    value(await pipeline.core.simulator.start({ ...SCOPE, options }))
    await expect.poll(async () => value(await pipeline.core.simulator.status(SCOPE)).state, waiting).toBe('stopped')
    const { counts } = value(await pipeline.core.simulator.status(SCOPE))
    await expect.poll(async () => (await entries({ action: 'simulator.start' }))[0]?.outcome, waiting).toBe('ok')
    const found = await entries({ action: 'simulator.start' })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      call: 'PutRecords',
      resources: ['StreamName=incoming-food-order-data'],
      sum: { records: counts.accepted, notTaken: 0, failed: 0 },
    })
    expect(found[0]?.sum?.requests).toBeGreaterThan(1)
    expect(found[0]?.requestId).toMatch(/.{8,}/)
  })

  it('is filtered by target, action, outcome and time, and saved as CSV and JSON', async () => {
    const everything = await entries()
    expect(await entries({ target: 'other' })).toEqual([])
    expect((await entries({ outcome: 'refused' })).every(({ outcome }) => outcome === 'refused')).toBe(true)
    expect(await entries({ since: new Date(Date.now() + 60_000).toISOString() })).toEqual([])
    const csv = value(await pipeline.core.audit.export({ format: 'csv' }))
    const lines = csv.text.split('\r\n')
    expect(lines[0]).toMatch(/^time,ended,target,/)
    expect(lines).toHaveLength(everything.length + 2)
    const json = value(await pipeline.core.audit.export({ format: 'json', action: 'kinesis' }))
    expect(JSON.parse(json.text)).toEqual(await entries({ action: 'kinesis' }))
  })
})

it('two actions do not share an unlock: beside one that is unlocked another stays refused', async () => {
  const guarded = pipeline.another({ rules: AS_PRODUCTION })
  const options = {
    mix: { seed: 2, duplicatesPercent: 0, invalidPercent: 0, latePercent: 0 },
    profile: { kind: 'constant' as const, perSecond: 50 },
  }
  const input = { ...SCOPE, options }
  const { ticket } = value(
    await guarded.protection.unlock({ op: 'simulator.start', input, typed: 'simulate food-delivery' }),
  )
  value(await guarded.simulator.start(input, undefined, ticket))
  await expect
    .poll(async () => value(await guarded.simulator.status(SCOPE)).counts.accepted, waiting)
    .toBeGreaterThan(20)
  expect(await failure(guarded.artifacts.deploy(SCOPE))).toMatchObject({ reason: 'protected' })
  expect(await guarded.warehouse.query({ ...SCOPE, sql: 'create table public.x (a int)' })).toMatchObject({
    ok: false,
    error: { reason: 'protected', unlock: { type: 'write food-delivery' } },
  })
  value(await guarded.simulator.pause(SCOPE))
  value(await guarded.simulator.resume(SCOPE))
  value(await guarded.simulator.stop(SCOPE))
  expect(await guarded.simulator.start(input)).toMatchObject({ ok: false, error: { reason: 'protected' } })
  await guarded.close()
})

it('a statement that writes is unlocked by its name, and is the only one that writes', async () => {
  const guarded = pipeline.another({ rules: AS_PRODUCTION })
  const input = { ...SCOPE, sql: 'create table public.written (a int)' }
  const { ticket } = value(
    await guarded.protection.unlock({ op: 'warehouse.query', input, typed: 'write food-delivery' }),
  )
  expect(await guarded.warehouse.query(input, undefined, ticket)).toMatchObject({ ok: true })
  expect(await guarded.warehouse.query({ ...SCOPE, sql: 'select count(*) from public.written' })).toMatchObject({
    ok: true,
  })
  expect(await guarded.warehouse.query({ ...SCOPE, sql: 'drop table public.written' })).toMatchObject({
    ok: false,
    error: { reason: 'protected' },
  })
  await guarded.close()
})

describe('a program that is killed between a call and its answer', () => {
  it('leaves the call in the log, without an outcome', async () => {
    const folder = await temporaryFolder()
    let reached: () => void = () => undefined
    const called = new Promise<void>(resolve => (reached = resolve))
    // The call arrives, and is never answered.
    const silent = createServer(request => void request.resume().once('end', () => reached()))
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const program = fileURLToPath(new URL('../../fixture/audit-victim.ts', import.meta.url))
    const victim: ChildProcess = spawn(process.execPath, [program, folder.path, endpoint], { stdio: 'inherit' })
    const ended = new Promise<NodeJS.Signals | null>(resolve => victim.once('exit', (_, signal) => resolve(signal)))
    await Promise.race([called, ended])
    victim.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    silent.closeAllConnections()
    silent.close()
    const core = openCore({
      target: sandboxTarget(endpoint),
      sandboxKey: ACCESS_KEY,
      spec: pipeline.spec,
      folder: folder.path,
    })
    const { entries: found, problems } = value(await core.audit.list({}))
    expect(found).toMatchObject([
      {
        call: 'CreateStream',
        service: 'kinesis',
        resources: ['StreamName=killed'],
        outcome: 'unknown',
        requestId: null,
        endedAt: null,
      },
    ])
    expect(problems).toEqual([])
    await core.close()
    await folder.remove()
  })
})

describe('the files of the log', () => {
  const line = (id: string): AuditLine => ({
    t: 'begin',
    id,
    at: new Date(0).toISOString(),
    target: 'prod',
    kind: 'aws',
    accountClass: 'production',
    account: '1',
    region: 'r',
    profile: 'prod',
    who: null,
    operation: null,
    action: null,
    pipeline: null,
    unlocked: false,
    service: 's3',
    call: 'PutObject',
    resources: ['Key=x'],
  })

  async function inFolder(run: (dir: string, notices: Notice[]) => void): Promise<void> {
    const folder = await temporaryFolder()
    const notices: Notice[] = []
    try {
      run(join(coreState(folder.path), 'audit'), notices)
    } finally {
      await folder.remove()
    }
  }
  const care = (notices: Notice[]) => ({
    ...strictCare(Date.now, () => undefined),
    notice: (said: Notice) => void notices.push(said),
  })

  it('report a line that is damaged, keep it, and go on with the others', () =>
    inFolder((dir, notices) => {
      const first = openAuditFile(dir, care(notices))
      for (const id of ['a', 'b', 'c']) first.append(line(id))
      const text = readFileSync(first.file, 'utf8')
      writeFileSync(first.file, text.replace('"id":"b"', '"id":"B"'))
      const second = openAuditFile(dir, care(notices))
      second.append(line('d'))
      const { lines, problems } = second.read()
      expect(lines.map(({ id }) => id)).toEqual(['a', 'c', 'd'])
      expect(notices).toMatchObject([{ kind: 'damage', state: 'bad' }])
      expect(problems).toHaveLength(1)
      const kept = readdirSync(dir).find(name => name.includes('.damaged-')) ?? ''
      expect(readFileSync(join(dir, kept), 'utf8')).toContain('"id":"B"')
      expect(problems[0]).toContain(kept)
    }))

  it('are put away when they are full, and the oldest go in the end', () =>
    inFolder((dir, notices) => {
      const file = openAuditFile(dir, care(notices), { fullBytes: 1_000, archives: 3 })
      for (let id = 0; id < 40; id++) file.append(line(String(id)))
      const { lines } = file.read()
      expect(lines.at(-1)?.id).toBe('39')
      expect(lines.length).toBeLessThan(40)
      expect(lines.map(({ id }) => Number(id))).toEqual(
        Array.from({ length: lines.length }, (_, index) => 40 - lines.length + index),
      )
      expect(readdirSync(dir).filter(name => /^audit-\d{6}/.test(name))).toHaveLength(3)
    }))

  it('take the lines of two programs on one folder', () =>
    inFolder((dir, notices) => {
      const [one, two] = [openAuditFile(dir, care(notices)), openAuditFile(dir, care(notices))]
      for (const id of ['a', 'b', 'c', 'd']) (id < 'c' ? one : two).append(line(id))
      one.append(line('e'))
      expect(two.read().lines.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'])
      expect(notices).toEqual([])
    }))

  it('give the outcome of a change whose beginning stands in another file, and none without a beginning', () => {
    const end: Omit<AuditLine & { t: 'end' }, 'id'> = {
      t: 'end',
      at: new Date(1).toISOString(),
      outcome: 'ok',
      code: null,
      requestId: 'r',
      durationMs: 1,
      made: [],
      sum: null,
    }
    expect(entriesOf([line('a'), { ...end, id: 'a' }, { ...end, id: 'lost' }], () => false)).toMatchObject([
      { id: 'a', outcome: 'ok', requestId: 'r' },
    ])
    expect(entriesOf([line('a')], () => true)).toMatchObject([{ outcome: 'running' }])
  })
})
