import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DecreaseStreamRetentionPeriodCommand, IncreaseStreamRetentionPeriodCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toAppError } from '../../../electron/core/aws/expected-error.ts'
import { createCore } from '../../../electron/core/core.ts'
import { createClients } from '../../../electron/core/targets/clients.ts'
import { projectFiles } from '../../../electron/hosts/project.ts'
import { sparkHost } from '../../../electron/hosts/spark/spark-host.ts'
import { openSandbox } from '../../../electron/sandbox/sandbox.ts'
import { provisionContract } from '../../../shared/features/provision.ts'
import type { Target } from '../../../shared/features/targets.ts'
import { warehouseContract } from '../../../shared/features/warehouse.ts'
import { parsePipelineSpec } from '../../../shared/pipelines/spec.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import type { Result } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { NO_SPARK } from '../../fixture/spark.ts'

const SCOPE = { target: 'sandbox', pipeline: 'food-delivery' }
const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const text = (path: string) => readFile(root(path), 'utf8')

let dir: string
let sandbox: Awaited<ReturnType<typeof openSandbox>>
let target: Target
let closeCore: () => Promise<void>
let provision: ReturnType<typeof clients>['provision']
let warehouse: ReturnType<typeof clients>['warehouse']

function clients(link: ReturnType<typeof memoryLink>['page']) {
  const connection = connect(link)
  return {
    provision: connection.client('provision', provisionContract),
    warehouse: connection.client('warehouse', warehouseContract),
  }
}

/** Core on the sandbox, reached as a page reaches it. */
async function openCore(protection: Target['protection'] = 'none'): Promise<void> {
  target = {
    id: 'sandbox',
    kind: 'sandbox',
    title: 'Sandbox',
    region: 'us-east-1',
    account: '000000000000',
    colour: '#000000',
    protection,
    engines: ['embedded'],
    endpoint: sandbox.endpoint,
    warehouse: { clusterIdentifier: 'sluice', database: 'dev', dbUser: 'awsuser' },
  }
  const core = createCore({
    targets: async () => [target],
    pipelines: [parsePipelineSpec(await text('shared/pipelines/food-delivery.json'), 'food-delivery')],
    stateDir: join(dir, 'core'),
    clock: { now: Date.now, sleep: (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms)) },
    random: Math.random,
    projectFile: text,
    projectFiles,
    log: () => undefined,
    spark: sparkHost(process),
  })
  const link = memoryLink()
  serve(core.services, link.core, toAppError)
  ;({ provision, warehouse } = clients(link.page))
  closeCore = () => core.close()
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-provision-'))
  sandbox = await openSandbox({
    dir: join(dir, 'sandbox'),
    port: 0,
    limits: true,
    now: Date.now,
    log: () => undefined,
    stepCommands: {},
    findSpark: NO_SPARK,
  })
  await openCore()
})
afterEach(async () => {
  await closeCore()
  await sandbox.close()
  await rm(dir, { recursive: true, force: true })
})

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
const plan = async () => value(await provision.plan(SCOPE))
const actions = async () => new Set((await plan()).changes.map(change => change.action))
async function apply() {
  const events = []
  for await (const result of provision.apply(SCOPE)) events.push(value(result))
  return events
}

describe('a plan', () => {
  it('of nothing creates everything, in order, with the permissions and the cost of each', async () => {
    const { changes, costPerHour } = await plan()
    expect(new Set(changes.map(change => change.action))).toEqual(new Set(['create']))
    for (const change of changes) {
      expect(change.permissions.length).toBeGreaterThan(0)
      for (const id of change.dependsOn) expect(changes.map(entry => entry.id)).toContain(id)
    }
    expect(costPerHour.amount).toBeCloseTo(
      changes.reduce((sum, change) => sum + (change.costPerHour?.amount ?? 0), 0),
      6,
    )
    expect(costPerHour.amount).toBeGreaterThan(0)
  })

  it('keeps everything once it is applied, and puts right what was changed by hand', async () => {
    const steps = new Set((await apply()).filter(event => event.state === 'done').map(event => event.step))
    expect(steps).toEqual(new Set((await plan()).changes.map(change => change.id)))
    expect(await actions()).toEqual(new Set(['keep']))

    const aws = createClients(target)
    const StreamName = 'incoming-food-order-data'
    await aws.kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }))
    const changed = (await plan()).changes.filter(change => change.action !== 'keep')
    expect(changed).toMatchObject([{ kind: 'stream', action: 'change', differences: [{ is: '48 h', must: '24 h' }] }])
    await apply()
    expect(await actions()).toEqual(new Set(['keep']))
    await expect(
      aws.kinesis.send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 })),
    ).resolves.toBeDefined()
    aws.close()
  })

  it('that is cancelled half way is completed by the next apply', async () => {
    const abort = new AbortController()
    let done = 0
    for await (const result of provision.apply(SCOPE, abort.signal)) {
      if (!result.ok) {
        expect(result.error.code).toBe('cancelled')
        continue
      }
      if (result.value.state === 'done' && ++done === 3) abort.abort()
    }
    expect(await actions()).toEqual(new Set(['keep', 'create']))
    await apply()
    expect(await actions()).toEqual(new Set(['keep']))
  })
})

describe('destroy', () => {
  it('removes what was made here and leaves what was not', async () => {
    const aws = createClients(target)
    const foreign = (await plan()).changes.find(change => change.kind === 'bucket')?.name ?? ''
    await aws.s3.send(new CreateBucketCommand({ Bucket: foreign }))
    await apply()
    const events = []
    for await (const result of provision.destroy({ ...SCOPE, confirm: 'food-delivery' })) events.push(value(result))
    expect(events.filter(event => event.state === 'skipped').map(event => event.step)).toEqual([`bucket:${foreign}`])
    const { Buckets } = await aws.s3.send(new ListBucketsCommand({}))
    expect(Buckets?.map(bucket => bucket.Name)).toEqual([foreign])
    expect((await plan()).changes.filter(change => change.action === 'create')).toHaveLength((await plan()).changes.length - 1)
    aws.close()
  })

  it('does nothing unless the name of the pipeline is typed', async () => {
    await apply()
    for await (const result of provision.destroy({ ...SCOPE, confirm: 'food' }))
      expect(result).toMatchObject({ ok: false, error: { code: 'invalid_input', hint: 'Nothing was removed.' } })
    expect(await actions()).toEqual(new Set(['keep']))
  })
})

it('a read-only target refuses every change in core', async () => {
  await closeCore()
  await openCore('read-only')
  const refused = { ok: false, error: { code: 'access_denied' } }
  for await (const result of provision.apply(SCOPE)) expect(result).toMatchObject(refused)
  for await (const result of provision.destroy({ ...SCOPE, confirm: 'food-delivery' })) expect(result).toMatchObject(refused)
  for (const sql of [
    'create table public.t (a int)',
    'with x as (select 1) delete from t',
    "unload ('select 1') to 's3://b/k' iam_role default",
  ])
    expect(await warehouse.query({ ...SCOPE, sql, maxRows: 1 })).toMatchObject(refused)
  expect(await warehouse.query({ ...SCOPE, sql: 'select 1', maxRows: 1 })).toMatchObject({ ok: true })
})
