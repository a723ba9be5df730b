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
import { describe, expect, it, vi } from 'vitest'
import { findClusters } from '../../../../electron/core/clusters/find-cluster.ts'
import { all, applied, failure, SCOPE, value } from '../../../fixture/open-core.ts'
import { waiting } from '../../../fixture/waiting.ts'
import { converges, core, PIPELINE_TAG, pipeline, provisionOnce, toDo } from './provisioned.ts'

provisionOnce()

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
      message: expect.stringMatching(/resources that were made here are left\.$/),
      details: expect.arrayContaining([
        expect.stringMatching(
          /^cluster:food-delivery: its tag sluice:pipeline is not set, .*\(about [0-9.]+ USD a day, /,
        ),
        expect.stringContaining('role:food-delivery-emr: cluster:food-delivery needs it, which stays'),
      ]),
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
        `was not made here, and apply removes only what it made: terminate ${ClusterId} on the Job page, then ` +
        'refresh the plan',
    })
    expect(await failure(applied(core))).toMatchObject({
      code: 'conflict',
      details: [expect.stringContaining('was not made here')],
    })
    expect(await clusterId()).toBe(ClusterId)
  })
})
