import { AttachRolePolicyCommand } from '@aws-sdk/client-iam'
import { IncreaseStreamRetentionPeriodCommand, ListStreamsCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { all, applied, failure, openCoreHere, SCOPE, type TestCore, value } from '../../fixture/open-core.ts'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let core: TestCore

beforeEach(async () => {
  pipeline = await openCoreHere()
  core = pipeline.core
})
afterEach(() => pipeline.close())

const plan = async () => value(await core.provision.plan(SCOPE))

describe('apply does what was shown', () => {
  it('a plan has the same id while nothing changes, and another one when what it would do is another', async () => {
    const first = await plan()
    expect((await plan()).id).toBe(first.id)
    const Bucket = first.changes.find(change => change.kind === 'bucket')?.name
    await pipeline.aws.s3.send(new CreateBucketCommand({ Bucket }))
    expect((await plan()).id).not.toBe(first.id)
  })

  it('and stops before the first change when what is there has changed, with the list of what differs', async () => {
    const shown = await plan()
    const Bucket = shown.changes.find(change => change.kind === 'bucket')?.name
    await pipeline.aws.s3.send(new CreateBucketCommand({ Bucket }))
    const error = await failure(core.provision.apply({ ...SCOPE, shown }))
    expect(error).toMatchObject({
      code: 'conflict',
      message: 'What is there has changed since the plan was shown (1 of 11). Nothing was changed.',
      hint: 'Refresh the plan, check what differs, and apply the new one.',
      details: [expect.stringMatching(new RegExp(`^bucket:${Bucket}: was create, now change \\(tls not set`))],
    })
    const { Buckets } = await pipeline.aws.s3.send(new ListBucketsCommand({}))
    expect(Buckets?.map(bucket => bucket.Name)).toEqual([Bucket])
    expect((await pipeline.aws.kinesis.send(new ListStreamsCommand({}))).StreamNames).toEqual([])
  })

  it('and lists each resource that differs, by member, and how many steps it has', async () => {
    const events = await all(applied(core))
    expect(new Set(events.map(event => event.total))).toEqual(new Set([11]))
    const shown = await plan()
    const StreamName = 'incoming-food-order-data'
    const RoleName = 'food-delivery-redshift-copy'
    await pipeline.aws.kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }))
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
    await pipeline.aws.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
    const { details } = await failure(core.provision.apply({ ...SCOPE, shown }))
    expect(details).toEqual([
      `stream:${StreamName}: was keep, now change (retention 48 h → 24 h)`,
      `role:${RoleName}: was keep, now change (managedPolicies ${PolicyArn} → none)`,
    ])
  })

  it('and compares only what it is asked to do', async () => {
    const shown = await plan()
    const [orchestration, artifacts] = shown.changes.filter(change => change.kind === 'bucket')
    await pipeline.aws.s3.send(new CreateBucketCommand({ Bucket: orchestration?.name }))
    const events = await all(core.provision.apply({ ...SCOPE, shown, only: [artifacts?.id ?? ''] }))
    expect(events.map(event => [event.step, event.state]).at(-1)).toEqual([artifacts?.id, 'done'])
  })

  it('and refuses a plan whose content is not that of its id', async () => {
    const shown = await plan()
    const changes = shown.changes.map(change => ({ ...change, differences: [], action: 'keep' as const }))
    expect(await failure(core.provision.apply({ ...SCOPE, shown: { id: shown.id, changes } }))).toMatchObject({
      code: 'invalid_input',
    })
  })

  it('and stops before a resource that changed while the others were applied', async () => {
    const shown = await plan()
    const { name: Bucket = '', id = '' } = shown.changes.filter(change => change.kind === 'bucket')[2] ?? {}
    let error: unknown
    let isMade = false
    for await (const result of core.provision.apply({ ...SCOPE, shown })) {
      if (!result.ok) error = result.error
      else if (result.value.state === 'done' && !isMade) {
        isMade = true
        await pipeline.aws.s3.send(new CreateBucketCommand({ Bucket }))
      }
    }
    expect(error).toMatchObject({
      code: 'conflict',
      message: `${id} has changed while the plan was applied. It is left alone; what came before it is done.`,
    })
  })
})
