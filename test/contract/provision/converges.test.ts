import {
  AddJobFlowStepsCommand,
  AddTagsCommand,
  CancelStepsCommand,
  DescribeClusterCommand,
  DescribeStepCommand,
  ListInstanceGroupsCommand,
  ModifyClusterCommand,
  ModifyInstanceGroupsCommand,
  RemoveTagsCommand,
  RunJobFlowCommand,
  SetKeepJobFlowAliveWhenNoStepsCommand,
  SetTerminationProtectionCommand,
} from '@aws-sdk/client-emr'
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import {
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  DisableEnhancedMonitoringCommand,
  IncreaseStreamRetentionPeriodCommand,
  RemoveTagsFromStreamCommand,
  StartStreamEncryptionCommand,
  StopStreamEncryptionCommand,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from '@aws-sdk/client-kinesis'
import {
  DeletePublicAccessBlockCommand,
  GetBucketTaggingCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findClusters } from '../../../electron/core/clusters/find-cluster.ts'
import { runStatement } from '../../../electron/core/statements/run-statement.ts'
import type { Change } from '../../../shared/features/provision.ts'
import { all, applied, failure, openCoreHere, SCOPE, type TestCore, value } from '../../fixture/open-core.ts'
import { waiting } from '../../fixture/waiting.ts'

const PIPELINE_TAG = 'sluice:pipeline'
const StreamName = 'incoming-food-order-data'
const RoleName = 'food-delivery-redshift-copy'
const READ_ONLY = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let core: TestCore

/** One pipeline for all: each of them leaves it as it must be. */
beforeAll(async () => {
  const wait = { command: process.execPath, args: ['-e', 'setInterval(() => undefined, 1_000)'] }
  pipeline = await openCoreHere({ stepCommands: { wait: () => wait } })
  core = pipeline.core
  await all(applied(core))
}, 60_000)
afterAll(() => pipeline.close())

const toDo = async (by = core) =>
  value(await by.provision.plan(SCOPE)).changes.filter(change => change.action !== 'keep')

/** What differs is planned as said; after one apply nothing is left to do. */
async function converges(planned: Partial<Change>, by = core): Promise<void> {
  expect(await toDo(by)).toMatchObject([planned])
  await all(applied(by))
  expect(await toDo(by)).toEqual([])
}

/** Who changes a stream by hand waits until that is done. */
const isActive = () =>
  vi.waitFor(async () => {
    const { StreamDescriptionSummary } = await pipeline.aws.kinesis.send(
      new DescribeStreamSummaryCommand({ StreamName }),
    )
    expect(StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE')
  }, waiting)

describe('a plan converges after by hand', () => {
  it('a managed policy was attached to a role: it is detached', async () => {
    const { iam } = pipeline.aws
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: READ_ONLY }))
    await converges({
      id: `role:${RoleName}`,
      action: 'change',
      differences: [{ member: 'managedPolicies', is: READ_ONLY, must: 'none' }],
      permissions: ['iam:ListAttachedRolePolicies', 'iam:DetachRolePolicy'],
      effects: [`Whoever uses ${RoleName} loses what AmazonS3ReadOnlyAccess allows.`],
    })
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
    expect(AttachedPolicies).toEqual([])
  })

  it('one managed policy of a role was exchanged for another: one is attached, the other detached', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AmazonElasticMapReduceRole'
    const { iam } = pipeline.aws
    await iam.send(new DetachRolePolicyCommand({ RoleName: 'EMR_DefaultRole', PolicyArn }))
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'EMR_DefaultRole', PolicyArn: READ_ONLY }))
    await converges({
      action: 'change',
      permissions: ['iam:ListAttachedRolePolicies', 'iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
    })
  })

  it('a role that lost its tag, description and policy has each written again, with its own permission', async () => {
    const { iam } = pipeline.aws
    await iam.send(new UntagRoleCommand({ RoleName, TagKeys: [PIPELINE_TAG] }))
    await iam.send(new UpdateRoleCommand({ RoleName, Description: 'mine', MaxSessionDuration: 7_200 }))
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    })
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'sluice', PolicyDocument }))
    await converges({ permissions: ['iam:GetRole', 'iam:UpdateRole', 'iam:PutRolePolicy', 'iam:TagRole'] })
  })

  it('a role lost its policy, one of its managed policies and whom it trusts: each is as before', async () => {
    const { iam } = pipeline.aws
    const EMR_ROLE = 'EMR_DefaultRole'
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'sluice' }))
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    })
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    expect(await toDo()).toMatchObject([
      { id: `role:${RoleName}`, permissions: ['iam:UpdateAssumeRolePolicy', 'iam:PutRolePolicy'], effects: [] },
    ])
    await all(applied(core))
    const [PolicyArn] =
      (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: EMR_ROLE }))).AttachedPolicies?.map(
        policy => policy.PolicyArn,
      ) ?? []
    await iam.send(new DetachRolePolicyCommand({ RoleName: EMR_ROLE, PolicyArn }))
    await converges({
      id: `role:${EMR_ROLE}`,
      differences: [{ member: 'managedPolicies', is: 'none', must: PolicyArn ?? '' }],
      permissions: ['iam:ListAttachedRolePolicies', 'iam:AttachRolePolicy'],
    })
  })

  it('the instance profile holds another role: that one is taken out first', async () => {
    const { iam } = pipeline.aws
    const InstanceProfileName = 'EMR_EC2_DefaultRole'
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: InstanceProfileName }))
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
    await converges({
      kind: 'instance-profile',
      permissions: [
        'iam:GetInstanceProfile',
        'iam:RemoveRoleFromInstanceProfile',
        'iam:AddRoleToInstanceProfile',
        'iam:PassRole',
      ],
    })
  })

  it('the retention was raised: it is decreased, with the permission for that and what is lost', async () => {
    const longer = new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 })
    await pipeline.aws.kinesis.send(longer)
    const [change] = await toDo()
    expect(change?.permissions).toContain('kinesis:DecreaseStreamRetentionPeriod')
    expect(change?.permissions).not.toContain('kinesis:IncreaseStreamRetentionPeriod')
    expect(change?.effects).toEqual([expect.stringContaining('Records older than 24 h')])
    await converges({ kind: 'stream', differences: [{ member: 'retention', is: '48 h', must: '24 h' }] })
  })

  it('the retention was decreased below what the spec says: it is increased, and nothing is lost by that', async () => {
    const { spec } = pipeline
    const longer = pipeline.another({ spec: { ...spec, source: { ...spec.source, retentionHours: 48 } } })
    await all(applied(longer))
    const shorter = new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 })
    await pipeline.aws.kinesis.send(shorter)
    const [change] = await toDo(longer)
    expect(change?.permissions).toContain('kinesis:IncreaseStreamRetentionPeriod')
    expect(change).not.toHaveProperty('confirm')
    await converges({ differences: [{ member: 'retention', is: '24 h', must: '48 h' }], effects: [] }, longer)
    await longer.close()
    await all(applied(core))
  })

  it('the stream was resharded, and made on demand: it has its shards again, and they are provisioned', async () => {
    const { kinesis } = pipeline.aws
    for (const TargetShardCount of [2, 4, 5]) {
      await kinesis.send(new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }))
      await isActive()
    }
    await converges({ kind: 'stream', differences: [{ member: 'shards', is: '5', must: '1' }] })
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))
    const StreamModeDetails = { StreamMode: 'ON_DEMAND' as const }
    await kinesis.send(
      new UpdateStreamModeCommand({ StreamARN: StreamDescriptionSummary?.StreamARN, StreamModeDetails }),
    )
    await isActive()
    const [change] = await toDo()
    expect(change?.differences).toContainEqual({ member: 'mode', is: 'ON_DEMAND', must: 'PROVISIONED' })
    expect(change?.permissions).toContain('kinesis:UpdateStreamMode')
    await all(applied(core))
    expect(await toDo()).toEqual([])
  })

  it('the stream is encrypted with a key of somebody else: it is encrypted with the one of Kinesis', async () => {
    const KeyId = 'alias/mine'
    await pipeline.aws.kinesis.send(new StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId }))
    await isActive()
    await converges({
      kind: 'stream',
      differences: [{ member: 'encryption', is: 'KMS alias/mine', must: 'KMS alias/aws/kinesis' }],
    })
  })

  it('the stream was deleted: another one is made', async () => {
    await pipeline.aws.kinesis.send(new DeleteStreamCommand({ StreamName }))
    await vi.waitFor(async () => expect((await toDo())[0]?.action).toBe('create'), waiting)
    await converges({ kind: 'stream', action: 'create' })
  })

  it('the stream lost its tag, its metrics and its encryption', async () => {
    const { kinesis } = pipeline.aws
    await kinesis.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: [PIPELINE_TAG] }))
    await kinesis.send(new DisableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['IncomingRecords'] }))
    const KeyId = 'alias/aws/kinesis'
    await kinesis.send(new StopStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId }))
    await converges({
      kind: 'stream',
      differences: [
        { member: 'shardMetrics', is: 'off', must: 'on' },
        { member: 'encryption', is: 'NONE', must: 'KMS alias/aws/kinesis' },
        { member: PIPELINE_TAG, is: 'not set', must: 'food-delivery' },
      ],
    })
  })

  it('a bucket may be public, keeps no versions and has tags of others: those stay', async () => {
    const { s3 } = pipeline.aws
    const Bucket = 'food-delivery-artifacts-000000000000-us-east-1'
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }))
    const TagSet = [{ Key: 'team', Value: 'data' }]
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
    await converges({
      id: `bucket:${Bucket}`,
      permissions: [
        's3:PutBucketPublicAccessBlock',
        's3:PutBucketVersioning',
        's3:GetBucketTagging',
        's3:PutBucketTagging',
      ],
    })
    const tags = (await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet
    expect(tags).toContainEqual({ Key: 'team', Value: 'data' })
    expect(tags).toContainEqual({ Key: PIPELINE_TAG, Value: 'food-delivery' })
  })

  it('a table and a column of another one are gone: both are there again, and rows stay', async () => {
    const { context } = pipeline
    await runStatement(context, 'alter table food_delivery_datamart.factOrders drop column TipAmount')
    await runStatement(context, 'drop table food_delivery_datamart.dimCustomers')
    await runStatement(context, "insert into food_delivery_datamart.factOrders (OrderID) values ('a')")
    await converges({
      kind: 'schema',
      differences: [
        { member: 'dimCustomers', is: 'not set', must: 'there' },
        { member: 'factOrders.TipAmount', is: 'not set', must: 'decimal(8,2)' },
      ],
    })
    const { rows } = await runStatement(context, 'select OrderID, TipAmount from food_delivery_datamart.factOrders')
    expect(rows).toEqual([['a', null]])
  })

  it('a column has another type: the plan says what to do by hand, and apply leaves it', async () => {
    const { context } = pipeline
    await runStatement(context, 'alter table food_delivery_datamart.factOrders drop column OrderStatus')
    await runStatement(context, 'alter table food_delivery_datamart.factOrders add column OrderStatus varchar(8)')
    const [change] = await toDo()
    expect(change).toMatchObject({
      differences: [{ member: 'factOrders.OrderStatus', is: 'varchar(8)', must: 'varchar(16)' }],
      blocked: expect.stringContaining('a type is not changed under rows'),
    })
    expect(await failure(applied(core))).toMatchObject({ code: 'conflict' })
    // By hand, as it says; no row is lost here.
    await runStatement(context, 'alter table food_delivery_datamart.factOrders drop column OrderStatus')
    await all(applied(core))
    expect(await toDo()).toEqual([])
  })
})

describe('a cluster that is not as it must be', () => {
  const clusterId = async () => (await findClusters(pipeline.context))[0]?.Id ?? ''

  it('is changed in place where EMR can', async () => {
    const { emr } = pipeline.aws
    const ClusterId = await clusterId()
    await emr.send(new SetTerminationProtectionCommand({ JobFlowIds: [ClusterId], TerminationProtected: false }))
    await emr.send(new ModifyClusterCommand({ ClusterId, StepConcurrencyLevel: 3 }))
    const { InstanceGroups = [] } = await emr.send(new ListInstanceGroupsCommand({ ClusterId }))
    const InstanceGroupId = InstanceGroups.find(group => group.InstanceGroupType === 'CORE')?.Id
    const more = { ClusterId, InstanceGroups: [{ InstanceGroupId, InstanceCount: 4 }] }
    await emr.send(new ModifyInstanceGroupsCommand(more))
    await converges({
      action: 'change',
      differences: [
        { member: 'coreCount', is: '4', must: '2' },
        { member: 'stepsAtOnce', is: '3', must: '1' },
        { member: 'protection', is: 'off', must: 'on' },
      ],
      effects: [`2 core machines of ${ClusterId} are given back`],
    })
    expect(await clusterId()).toBe(ClusterId)
  })

  it('that would end without steps stays again', async () => {
    const { emr } = pipeline.aws
    const ClusterId = await clusterId()
    const Steps = [{ Name: 'holds it', HadoopJarStep: { Jar: 'command-runner.jar', Args: ['wait'] } }]
    const { StepIds = [] } = await emr.send(new AddJobFlowStepsCommand({ JobFlowId: ClusterId, Steps }))
    const ends = { JobFlowIds: [ClusterId], KeepJobFlowAliveWhenNoSteps: false }
    await emr.send(new SetKeepJobFlowAliveWhenNoStepsCommand(ends))
    await converges({
      kind: 'cluster',
      differences: [{ member: 'withoutSteps', is: 'ends', must: 'stays' }],
      permissions: expect.arrayContaining(['elasticmapreduce:SetKeepJobFlowAliveWhenNoSteps']),
    })
    await emr.send(new CancelStepsCommand({ ClusterId, StepIds, StepCancellationOption: 'TERMINATE_PROCESS' }))
    await vi.waitFor(async () => {
      const { Step } = await emr.send(new DescribeStepCommand({ ClusterId, StepId: StepIds[0] }))
      expect(Step?.Status?.State).toBe('CANCELLED')
    }, waiting)
    expect(await clusterId()).toBe(ClusterId)
  })

  it('and lost its tag is tagged once its name is typed, and no second one is launched beside it', async () => {
    const { emr } = pipeline.aws
    const ClusterId = await clusterId()
    await emr.send(new RemoveTagsCommand({ ResourceId: ClusterId, TagKeys: [PIPELINE_TAG] }))
    expect(await failure(core.provision.destroy({ ...SCOPE, confirm: 'food-delivery' }))).toMatchObject({
      code: 'conflict',
      message: `Cluster ${ClusterId} has the name of the pipeline's and no tag ${PIPELINE_TAG}: it is not terminated.`,
    })
    await all(applied(core, { ...SCOPE }))
    expect(await clusterId()).toBe(ClusterId)
    await emr.send(new RemoveTagsCommand({ ResourceId: ClusterId, TagKeys: [PIPELINE_TAG] }))
    await converges({
      action: 'change',
      confirm: 'food-delivery',
      differences: [{ member: PIPELINE_TAG, is: 'not set', must: 'food-delivery' }],
      permissions: expect.arrayContaining(['elasticmapreduce:AddTags']),
      effects: [expect.stringContaining(`Cluster ${ClusterId} of this name is taken for the one that was made here`)],
    })
    expect(await clusterId()).toBe(ClusterId)
  })

  it('that lost its tag and is of another release is left alone, with what to do by hand', async () => {
    const { emr } = pipeline.aws
    const ClusterId = await clusterId()
    await emr.send(new RemoveTagsCommand({ ResourceId: ClusterId, TagKeys: [PIPELINE_TAG] }))
    const { spec } = pipeline
    const newer = pipeline.another({ spec: { ...spec, cluster: { ...spec.cluster, release: 'emr-spark-8.1.0' } } })
    expect((await toDo(newer)).find(change => change.kind === 'cluster')?.blocked).toContain(`tag ${ClusterId} with it`)
    expect(await failure(applied(newer))).toMatchObject({ code: 'conflict' })
    await newer.close()
    const Tags = [{ Key: PIPELINE_TAG, Value: 'food-delivery' }]
    await emr.send(new AddTagsCommand({ ResourceId: ClusterId, Tags }))
    expect(await toDo()).toEqual([])
  })

  it('of another release is replaced, and the plan says what becomes of the running job', async () => {
    const ClusterId = await clusterId()
    const { emr } = pipeline.aws
    const HadoopJarStep = { Jar: 'command-runner.jar', Args: ['wait'] }
    const Steps = [{ Name: 'food-delivery kinesisToRedshift', HadoopJarStep }]
    const { StepIds = [] } = await emr.send(new AddJobFlowStepsCommand({ JobFlowId: ClusterId, Steps }))
    await vi.waitFor(async () => {
      const { Step } = await emr.send(new DescribeStepCommand({ ClusterId, StepId: StepIds[0] }))
      expect(Step?.Status?.State).toBe('RUNNING')
    }, waiting)
    const { spec } = pipeline
    const newer = pipeline.another({ spec: { ...spec, cluster: { ...spec.cluster, release: 'emr-spark-8.1.0' } } })
    const planned = value(await newer.provision.plan(SCOPE)).changes.find(change => change.kind === 'cluster')
    expect(planned).toMatchObject({
      action: 'replace',
      differences: [{ member: 'release', is: 'emr-spark-8.0.0', must: 'emr-spark-8.1.0' }],
      permissions: expect.arrayContaining(['elasticmapreduce:TerminateJobFlows', 'elasticmapreduce:RunJobFlow']),
    })
    const effects = planned?.effects.join('\n')
    expect(effects).toContain(`Cluster ${ClusterId} is terminated`)
    expect(effects).toContain(`Step ${StepIds[0]} (food-delivery kinesisToRedshift) is RUNNING on it and is ended.`)
    expect(effects).toContain('goes on after its last committed batch')
    await all(applied(newer))
    const { changes } = value(await newer.provision.plan(SCOPE))
    expect(changes.filter(change => change.action !== 'keep')).toEqual([])
    await vi.waitFor(async () => {
      const { Cluster } = await emr.send(new DescribeClusterCommand({ ClusterId }))
      expect(Cluster?.Status?.State).toBe('TERMINATED')
    }, waiting)
    expect((await findClusters(pipeline.context)).map(cluster => cluster.ReleaseLabel)).toEqual(['emr-spark-8.1.0'])
    await newer.close()
  })

  it('that was not made here is not terminated by apply', async () => {
    await all(core.provision.destroy({ ...SCOPE, confirm: 'food-delivery' }))
    await pipeline.aws.emr.send(
      new RunJobFlowCommand({
        Name: 'food-delivery',
        ReleaseLabel: 'emr-7.5.0',
        Applications: [{ Name: 'Spark' }],
        ServiceRole: 'EMR_DefaultRole',
        JobFlowRole: 'EMR_EC2_DefaultRole',
        Tags: [{ Key: PIPELINE_TAG, Value: 'food-delivery' }],
        Instances: { KeepJobFlowAliveWhenNoSteps: true, MasterInstanceType: 'm5.xlarge', InstanceCount: 3 },
      }),
    )
    const ClusterId = await clusterId()
    expect((await toDo()).find(change => change.kind === 'cluster')).toMatchObject({
      action: 'replace',
      blocked:
        `was not made here, and apply removes only what it made: terminate ${ClusterId} on the Job page, then plan ` +
        'again',
    })
    expect(await failure(applied(core))).toMatchObject({
      code: 'conflict',
      details: [expect.stringContaining('was not made here')],
    })
    expect(await clusterId()).toBe(ClusterId)
  })
})
