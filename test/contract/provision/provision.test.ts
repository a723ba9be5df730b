import { ListRolesCommand, UpdateRoleCommand } from '@aws-sdk/client-iam'
import { DecreaseStreamRetentionPeriodCommand, IncreaseStreamRetentionPeriodCommand } from '@aws-sdk/client-kinesis'
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  AS_READ_ONLY,
  all,
  applied,
  failure,
  openCoreHere,
  SCOPE,
  type TestCore,
  value,
} from '../../fixture/open-core.ts'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let core: TestCore

beforeEach(async () => {
  pipeline = await openCoreHere({ limits: true })
  core = pipeline.core
})
afterEach(() => pipeline.close())

const plan = async () => value(await core.provision.plan(SCOPE))
const actions = async () => new Set((await plan()).changes.map(change => change.action))
const apply = () => all(applied(core))

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

    const { aws } = pipeline
    const StreamName = 'incoming-food-order-data'
    await aws.kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }))
    const changed = (await plan()).changes.filter(change => change.action !== 'keep')
    expect(changed).toMatchObject([{ kind: 'stream', action: 'change', differences: [{ is: '48 h', must: '24 h' }] }])
    await apply()
    expect(await actions()).toEqual(new Set(['keep']))
    await expect(
      aws.kinesis.send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 })),
    ).resolves.toBeDefined()
  })

  it('that is cancelled half way is completed by the next apply', async () => {
    const abort = new AbortController()
    let done = 0
    for await (const result of applied(core, SCOPE, abort.signal)) {
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
    const { aws } = pipeline
    const foreign = (await plan()).changes.find(change => change.kind === 'bucket')?.name ?? ''
    await aws.s3.send(new CreateBucketCommand({ Bucket: foreign }))
    await apply()
    const events = await all(core.provision.destroy({ ...SCOPE, confirm: 'food-delivery' }))
    expect(events.filter(event => event.state === 'skipped').map(event => event.step)).toEqual([`bucket:${foreign}`])
    const { Buckets } = await aws.s3.send(new ListBucketsCommand({}))
    expect(Buckets?.map(bucket => bucket.Name)).toEqual([foreign])
    expect((await plan()).changes.filter(change => change.action === 'create')).toHaveLength(
      (await plan()).changes.length - 1,
    )
  })

  it('removes versions, delete markers and unfinished uploads, and says that nothing is left', async () => {
    await apply()
    const { s3 } = pipeline.aws
    const Bucket = 'food-delivery-artifacts-000000000000-us-east-1'
    for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body }))
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
    await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'begun' }))
    const events = await all(core.provision.destroy({ ...SCOPE, confirm: 'food-delivery' }))
    expect(events.at(-1)).toMatchObject({
      step: 'proof',
      state: 'done',
      detail: expect.stringContaining('nothing is left'),
    })
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toEqual([])
  })

  it('leaves what carries the tag of another pipeline, and says so', async () => {
    await apply()
    const { s3 } = pipeline.aws
    const Bucket = 'food-delivery-orchestration-000000000000-us-east-1'
    const tagged = (Value: string) =>
      s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'sluice:pipeline', Value }] } }))
    await tagged('another')
    expect(await failure(core.provision.destroy({ ...SCOPE, confirm: 'food-delivery' }))).toMatchObject({
      code: 'conflict',
      details: [`bucket:${Bucket}: its tag sluice:pipeline is another, and food-delivery on what was made here`],
    })
    expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual([Bucket])
    await tagged('food-delivery')
    await all(core.provision.destroy({ ...SCOPE, confirm: 'food-delivery' }))
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toEqual([])
  })

  it("leaves EMR's default roles, which a plan uses as they are", async () => {
    const { spec, aws } = pipeline
    const emrService = { ...spec.roles.emrService, name: 'EMR_DefaultRole' }
    const emrInstances = { ...spec.roles.emrInstances, name: 'EMR_EC2_DefaultRole' }
    const sharing = pipeline.another({ spec: { ...spec, roles: { ...spec.roles, emrService, emrInstances } } })
    await all(applied(sharing))
    const RoleName = 'EMR_DefaultRole'
    await aws.iam.send(new UpdateRoleCommand({ RoleName, Description: 'theirs' }))
    const { changes } = value(await sharing.provision.plan(SCOPE))
    expect(changes.filter(({ action }) => action !== 'keep')).toEqual([])
    await all(sharing.provision.destroy({ ...SCOPE, confirm: 'food-delivery' }))
    await sharing.close()
    const { Roles = [] } = await aws.iam.send(new ListRolesCommand({}))
    expect(Roles.map(role => role.RoleName).sort()).toEqual(['EMR_DefaultRole', 'EMR_EC2_DefaultRole'])
  })

  it('does nothing unless the name of the pipeline is typed', async () => {
    await apply()
    for await (const result of core.provision.destroy({ ...SCOPE, confirm: 'food' }))
      expect(result).toMatchObject({ ok: false, error: { code: 'invalid_input', hint: 'Nothing was removed.' } })
    expect(await actions()).toEqual(new Set(['keep']))
  })
})

it('a read-only target refuses every change in core', async () => {
  const reader = pipeline.another({ rules: AS_READ_ONLY })
  const refused = { ok: false, error: { code: 'access_denied' } }
  for await (const result of applied(reader)) expect(result).toMatchObject(refused)
  for await (const result of reader.provision.destroy({ ...SCOPE, confirm: 'food-delivery' }))
    expect(result).toMatchObject(refused)
  for (const sql of [
    'create table public.t (a int)',
    'with x as (select 1) delete from t',
    "unload ('select 1') to 's3://b/k' iam_role default",
  ])
    expect(await reader.warehouse.query({ ...SCOPE, sql, maxRows: 1 })).toMatchObject(refused)
  expect(await reader.warehouse.query({ ...SCOPE, sql: 'select 1', maxRows: 1 })).toMatchObject({ ok: true })
  await reader.close()
})
