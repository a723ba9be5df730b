import {
  AddJobFlowStepsCommand,
  DescribeClusterCommand,
  DescribeStepCommand,
  ListInstanceGroupsCommand,
  ModifyClusterCommand,
  ModifyInstanceGroupsCommand,
  RunJobFlowCommand,
  SetTerminationProtectionCommand,
} from '@aws-sdk/client-emr'
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  UntagRoleCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import {
  DisableEnhancedMonitoringCommand,
  IncreaseStreamRetentionPeriodCommand,
  RemoveTagsFromStreamCommand,
  StopStreamEncryptionCommand,
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

const toDo = async () => value(await core.provision.plan(SCOPE)).changes.filter(change => change.action !== 'keep')

/** What differs is planned as said; after apply nothing is left to do. */
async function converges(planned: Partial<Change>): Promise<void> {
  expect(await toDo()).toMatchObject([planned])
  await all(applied(core))
  expect(await toDo()).toEqual([])
}

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

  it('of another release is replaced, and the plan says what becomes of the running job', async () => {
    const ClusterId = await clusterId()
    const { emr } = pipeline.aws
    const HadoopJarStep = { Jar: 'command-runner.jar', Args: ['wait'] }
    const Steps = [{ Name: 'food-delivery kinesisToRedshift', HadoopJarStep }]
    const { StepIds = [] } = await emr.send(new AddJobFlowStepsCommand({ JobFlowId: ClusterId, Steps }))
    await vi.waitFor(async () => {
      const { Step } = await emr.send(new DescribeStepCommand({ ClusterId, StepId: StepIds[0] }))
      expect(Step?.Status?.State).toBe('RUNNING')
    })
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
    })
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
