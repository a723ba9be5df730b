import {
  AddTagsCommand,
  ListBootstrapActionsCommand,
  ListClustersCommand,
  ListInstanceGroupsCommand,
  ListInstancesCommand,
  ListStepsCommand,
  RemoveTagsCommand,
  type RunJobFlowCommandInput,
  SetKeepJobFlowAliveWhenNoStepsCommand,
  SetTerminationProtectionCommand,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr'
import { describe, expect, it } from 'vitest'
import {
  addSteps,
  cluster,
  clusterIs,
  emr,
  FOREVER,
  node,
  REQUEST,
  runCluster,
  serveEmr,
  step,
  stepIs,
  withInstances,
  withSlowStart,
} from './emr-under-test.ts'

serveEmr()

describe('a cluster', () => {
  it('goes through its states to WAITING, with its timeline, tags, machines and what was asked for', async () => {
    await withSlowStart()
    const id = await runCluster({
      BootstrapActions: [{ Name: 'packages', ScriptBootstrapAction: { Path: 's3://b/install.sh', Args: ['x'] } }],
    })
    expect(id).toMatch(/^j-[A-Z0-9]{13}$/)
    const starting = await cluster(id)
    expect(starting?.Status).toMatchObject({ State: 'STARTING' })
    expect(starting?.Status?.Timeline?.ReadyDateTime).toBeUndefined()
    const ready = await clusterIs(id, 'WAITING')
    expect(ready).toMatchObject({
      Id: id,
      Name: 'food-delivery',
      ClusterArn: `arn:aws:elasticmapreduce:us-east-1:000000000000:cluster/${id}`,
      ReleaseLabel: 'emr-7.5.0',
      LogUri: 's3://logs/emr/',
      AutoTerminate: false,
      TerminationProtected: false,
      ServiceRole: 'EMR_DefaultRole',
      StepConcurrencyLevel: 1,
      Applications: [{ Name: 'Spark' }],
      Ec2InstanceAttributes: { IamInstanceProfile: 'EMR_EC2_DefaultRole' },
      Tags: REQUEST.Tags,
      Status: { StateChangeReason: { Message: 'Cluster ready to run steps.' } },
    })
    const { CreationDateTime, ReadyDateTime } = ready?.Status?.Timeline ?? {}
    expect(Number(ReadyDateTime) - Number(CreationDateTime)).toBeGreaterThanOrEqual(30)
    const groups = await emr.send(new ListInstanceGroupsCommand({ ClusterId: id }))
    expect(
      groups.InstanceGroups?.map(group => [group.InstanceGroupType, group.RunningInstanceCount, group.Status?.State]),
    ).toEqual([
      ['MASTER', 1, 'RUNNING'],
      ['CORE', 2, 'RUNNING'],
    ])
    const core = await emr.send(new ListInstancesCommand({ ClusterId: id, InstanceGroupTypes: ['CORE'] }))
    expect(core.Instances?.map(instance => instance.InstanceType)).toEqual(['m5.xlarge', 'm5.xlarge'])
    const actions = await emr.send(new ListBootstrapActionsCommand({ ClusterId: id }))
    expect(actions.BootstrapActions).toEqual([{ Name: 'packages', ScriptPath: 's3://b/install.sh', Args: ['x'] }])
  })

  it('ends when asked, and interrupts what runs', async () => {
    const id = await runCluster()
    const [running, pending] = await addSteps(id, node(FOREVER), node('0'))
    await stepIs(id, running ?? '', 'RUNNING')
    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [id] }))
    const ended = await clusterIs(id, 'TERMINATED')
    expect(ended?.Status?.StateChangeReason).toEqual({ Code: 'USER_REQUEST', Message: 'Terminated by user request' })
    expect(ended?.Status?.Timeline?.EndDateTime).toBeInstanceOf(Date)
    expect((await step(id, running ?? ''))?.Status?.State).toBe('INTERRUPTED')
    expect((await step(id, pending ?? ''))?.Status?.State).toBe('CANCELLED')
    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [id] }))
    await expect(addSteps(id, node('0'))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'A job flow that is shutting down, terminated, or finished may not be modified.',
    })
  })

  it('is not terminated while it is protected; the others of the call are', async () => {
    const [kept, gone] = [await runCluster(withInstances({ TerminationProtected: true })), await runCluster()]
    await expect(emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [kept, gone] }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Could not shut down one or more job flows since they are termination protected.',
    })
    await clusterIs(gone, 'TERMINATED')
    expect((await clusterIs(kept, 'WAITING'))?.TerminationProtected).toBe(true)
    await emr.send(new SetTerminationProtectionCommand({ JobFlowIds: [kept], TerminationProtected: false }))
    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [kept] }))
    await clusterIs(kept, 'TERMINATED')
  })

  it('without KeepJobFlowAliveWhenNoSteps ends after its last step', async () => {
    const id = await runCluster({
      ...withInstances({ KeepJobFlowAliveWhenNoSteps: false }),
      Steps: [node('0'), node('0')],
    })
    const ended = await clusterIs(id, 'TERMINATED')
    expect(ended?.Status?.StateChangeReason).toEqual({ Code: 'ALL_STEPS_COMPLETED', Message: 'Steps completed' })
    const { Steps } = await emr.send(new ListStepsCommand({ ClusterId: id }))
    expect(Steps?.map(entry => entry.Status?.State)).toEqual(['COMPLETED', 'COMPLETED'])
  })

  it('that waits ends once it is no longer kept alive', async () => {
    const id = await runCluster()
    await clusterIs(id, 'WAITING')
    await emr.send(new SetKeepJobFlowAliveWhenNoStepsCommand({ JobFlowIds: [id], KeepJobFlowAliveWhenNoSteps: false }))
    expect((await clusterIs(id, 'TERMINATED'))?.AutoTerminate).toBe(true)
  })

  it.each<[string, Partial<RunJobFlowCommandInput>, string]>([
    ['release label', { ReleaseLabel: undefined }, 'Must specify a release label'],
    ['known release label', { ReleaseLabel: '7.5' }, 'The supplied release label is invalid: 7.5.'],
    ['service role', { ServiceRole: undefined }, 'ServiceRole is required for creating cluster.'],
    ['instance profile', { JobFlowRole: undefined }, 'InstanceProfile is required for creating cluster.'],
    ['place in S3 for its logs', { LogUri: '/var/log' }, 'The log URI must be a place in S3'],
    ['concurrency up to 256', { StepConcurrencyLevel: 257 }, 'Step concurrency level should be between 1 and 256.'],
    [
      'master of one or three',
      withInstances({ InstanceGroups: [{ InstanceRole: 'MASTER', InstanceType: 'm5.xlarge', InstanceCount: 2 }] }),
      'The instance count of the master instance group must be 1',
    ],
    [
      'core with instances',
      withInstances({
        InstanceGroups: [
          { InstanceRole: 'MASTER', InstanceType: 'm5.xlarge', InstanceCount: 1 },
          { InstanceRole: 'CORE', InstanceType: 'm5.xlarge', InstanceCount: 0 },
        ],
      }),
      'The instance count of the core instance group must be greater than 0.',
    ],
    ['name', { Name: undefined }, "Value at 'name' failed to satisfy constraint: Member must not be null"],
  ])('needs a %s', async (_what, change, message) => {
    await expect(runCluster(change)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    })
    expect((await emr.send(new ListClustersCommand({}))).Clusters).toEqual([])
  })

  it('that is not there is an invalid request', async () => {
    await expect(cluster('j-NONE')).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "Cluster id 'j-NONE' is not valid.",
      ErrorCode: 'InvalidRequest',
    })
    await expect(addSteps('j-NONE', node('0'))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Specified job flow ID does not exist.',
    })
  })

  it('takes and gives up tags', async () => {
    const id = await runCluster()
    const tag = (...Tags: { Key: string; Value?: string }[]) => emr.send(new AddTagsCommand({ ResourceId: id, Tags }))
    await tag({ Key: 'a', Value: '1' }, { Key: 'b' })
    await tag({ Key: 'a', Value: '2' })
    await emr.send(new RemoveTagsCommand({ ResourceId: id, TagKeys: ['sluice:pipeline'] }))
    expect((await cluster(id))?.Tags).toEqual([
      { Key: 'b', Value: '' },
      { Key: 'a', Value: '2' },
    ])
    await expect(tag({ Key: 'aws:x' })).rejects.toMatchObject({ name: 'InvalidRequestException' })
  })

  it('is listed newest first, by state and by time of creation, in pages of 50', async () => {
    const ids: string[] = []
    for (let index = 0; index < 53; index++) ids.unshift(await runCluster({ Name: `c${index}` }))
    const first = await emr.send(new ListClustersCommand({}))
    const second = await emr.send(new ListClustersCommand({ Marker: first.Marker }))
    expect([...(first.Clusters ?? []), ...(second.Clusters ?? [])].map(entry => entry.Id)).toEqual(ids)
    expect(first.Clusters).toHaveLength(50)
    expect(second.Marker).toBeUndefined()
    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [ids[3] ?? ''] }))
    await clusterIs(ids[3] ?? '', 'TERMINATED')
    const gone = await emr.send(new ListClustersCommand({ ClusterStates: ['TERMINATED'] }))
    expect(gone.Clusters?.map(entry => entry.Name)).toEqual(['c49'])
    const future = new Date(Date.now() + 60_000)
    expect((await emr.send(new ListClustersCommand({ CreatedAfter: future }))).Clusters).toEqual([])
    expect((await emr.send(new ListClustersCommand({ CreatedBefore: future }))).Clusters).toHaveLength(50)
    await expect(emr.send(new ListClustersCommand({ Marker: 'bogus' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
  })
})
