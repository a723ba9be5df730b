import { AttachRolePolicyCommand, ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam'
import { DescribeStreamSummaryCommand, IncreaseStreamRetentionPeriodCommand } from '@aws-sdk/client-kinesis'
import { DeletePublicAccessBlockCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PLANS_KEPT } from '../../../shared/features/provision.ts'
import { all, applied, failure, openCoreHere, SCOPE, type TestCore, value } from '../../fixture/open-core.ts'

const StreamName = 'incoming-food-order-data'
const RoleName = 'food-delivery-redshift-copy'
const Bucket = 'food-delivery-streaming-000000000000-us-east-1'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let core: TestCore

beforeAll(async () => {
  pipeline = await openCoreHere()
  core = pipeline.core
  await all(applied(core))
  // By hand: two changes that take something away, and one that does not.
  const { kinesis, iam, s3 } = pipeline.aws
  await kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }))
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' }))
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
})
afterAll(() => pipeline.close())

const plan = async () => value(await core.provision.plan(SCOPE))
const toDo = async () => (await plan()).changes.filter(change => change.action !== 'keep').map(change => change.id)
const ALL_THREE = [`bucket:${Bucket}`, `stream:${StreamName}`, `role:${RoleName}`]

describe('a change that takes something away', () => {
  it('names in the plan what must be typed; one that takes nothing away names nothing', async () => {
    const { changes } = await plan()
    expect(changes.filter(change => change.confirm !== undefined)).toMatchObject([
      { id: `stream:${StreamName}`, confirm: StreamName },
      { id: `role:${RoleName}`, confirm: RoleName },
    ])
  })

  it.each([
    ['no name', []],
    ['one name of two', [StreamName]],
    ['another name', ['food-delivery', RoleName]],
  ])('is refused by core with %s typed, and nothing at all is changed', async (_, confirm) => {
    const error = await failure(core.provision.apply({ ...SCOPE, shown: await plan(), confirm }))
    expect(error).toMatchObject({ code: 'invalid_input', reason: 'unconfirmed' })
    expect(error.message).toContain('Nothing was changed.')
    const open = [StreamName, RoleName].filter(name => !confirm.includes(name))
    expect(error.details?.map(line => line.split(': ')[0]?.split(':')[1])).toEqual(open)
    expect(await toDo()).toEqual(ALL_THREE)
  })

  it('is refused even when the plan that is sent says that nothing need be typed', async () => {
    const shown = await plan()
    const changes = shown.changes.map(({ confirm: _, ...change }) => change)
    const error = await failure(core.provision.apply({ ...SCOPE, shown: { id: shown.id, changes } }))
    expect(error.reason).toBe('unconfirmed')
    expect(await toDo()).toEqual(ALL_THREE)
  })

  it('needs no name where it is not among what is asked for', async () => {
    await all(core.provision.apply({ ...SCOPE, shown: await plan(), only: [`bucket:${Bucket}`] }))
    expect(await toDo()).toEqual(ALL_THREE.slice(1))
  })

  it('is done when each name is typed', async () => {
    await all(core.provision.apply({ ...SCOPE, shown: await plan(), confirm: [RoleName, StreamName] }))
    expect(await toDo()).toEqual([])
    const { kinesis, iam } = pipeline.aws
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))
    expect(StreamDescriptionSummary?.RetentionPeriodHours).toBe(24)
    expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([])
  })
})

describe('a plan that was shown', () => {
  it('is found by its id from another program on the same state, with the options it was made with', async () => {
    const shown = value(await core.provision.plan({ ...SCOPE, options: { partitions: 3 } }))
    const other = pipeline.another()
    expect(value(await other.provision.recall({ ...SCOPE, id: shown.id }))).toEqual(shown)
    await other.close()
  })

  it('is not found by the id of none, nor by a path', async () => {
    expect(await core.provision.recall({ ...SCOPE, id: '000000000000' })).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    })
    expect(await core.provision.recall({ ...SCOPE, id: '../journal' })).toMatchObject({
      ok: false,
      error: { code: 'invalid_input' },
    })
  })

  it(`is forgotten when ${PLANS_KEPT} others were shown after it`, async () => {
    const ids: string[] = []
    for (let shards = 4; shards <= 4 + PLANS_KEPT; shards++)
      ids.push(value(await core.provision.plan({ ...SCOPE, options: { partitions: shards } })).id)
    const found = await Promise.all(ids.map(id => core.provision.recall({ ...SCOPE, id })))
    expect(found.map(result => result.ok)).toEqual([false, ...Array(PLANS_KEPT).fill(true)])
  })
})
