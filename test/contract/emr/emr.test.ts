import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import {
  AddJobFlowStepsCommand,
  AddTagsCommand,
  CancelStepsCommand,
  type ClusterState,
  DescribeClusterCommand,
  DescribeStepCommand,
  EMRClient,
  ListBootstrapActionsCommand,
  ListClustersCommand,
  ListInstanceGroupsCommand,
  ListInstancesCommand,
  ListStepsCommand,
  ModifyClusterCommand,
  RemoveTagsCommand,
  RunJobFlowCommand,
  type RunJobFlowCommandInput,
  SetKeepJobFlowAliveWhenNoStepsCommand,
  SetTerminationProtectionCommand,
  type StepConfig,
  type StepState,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'
import { openEmrOn } from './open-emr.ts'

let dir: string
let served: Awaited<ReturnType<typeof serveServices>>
let emr: EMRClient
let logged: string[]

function connect(endpoint: string): void {
  const options = { endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 }
  emr = new EMRClient(options)
}
async function open(): Promise<void> {
  served = await serveServices([await openEmrOn(dir, line => void logged.push(line))])
  connect(served.endpoint)
}
async function close(): Promise<void> {
  emr.destroy()
  await served.close()
  expect(served.crashes).toEqual([])
  expect(logged).toEqual([])
}

beforeEach(async () => {
  logged = []
  dir = await mkdtemp(join(tmpdir(), 'sluice-emr-'))
  await mkdir(join(dir, 's3', 'logs'), { recursive: true })
  await open()
})
afterEach(async () => {
  await close()
  await rm(dir, { recursive: true, force: true })
})

const REQUEST: RunJobFlowCommandInput = {
  Name: 'food-delivery',
  ReleaseLabel: 'emr-7.5.0',
  LogUri: 's3://logs/emr/',
  ServiceRole: 'EMR_DefaultRole',
  JobFlowRole: 'EMR_EC2_DefaultRole',
  Applications: [{ Name: 'Spark' }],
  Instances: {
    KeepJobFlowAliveWhenNoSteps: true,
    InstanceGroups: [
      { InstanceRole: 'MASTER', InstanceType: 'm5.xlarge', InstanceCount: 1 },
      { InstanceRole: 'CORE', InstanceType: 'm5.xlarge', InstanceCount: 2 },
    ],
  },
  Tags: [{ Key: 'sluice:pipeline', Value: 'food-delivery' }],
}
async function runCluster(change: Partial<RunJobFlowCommandInput> = {}): Promise<string> {
  const { JobFlowId } = await emr.send(new RunJobFlowCommand({ ...REQUEST, ...change }))
  return JobFlowId ?? ''
}
const withInstances = (change: Partial<NonNullable<RunJobFlowCommandInput['Instances']>>) => ({
  Instances: { ...REQUEST.Instances, ...change },
})

/** A step that runs a program in Node. */
const node = (code: string, change: Partial<StepConfig> = {}): StepConfig => ({
  Name: 'step',
  ActionOnFailure: 'CONTINUE',
  HadoopJarStep: { Jar: 'command-runner.jar', Args: ['node', '-e', code] },
  ...change,
})
async function addSteps(JobFlowId: string, ...Steps: StepConfig[]): Promise<string[]> {
  return (await emr.send(new AddJobFlowStepsCommand({ JobFlowId, Steps }))).StepIds ?? []
}
/** Says so when it is up, then runs until it is told to end. */
const FOREVER = "console.log('up', process.pid); setInterval(() => {}, 1000)"

const cluster = async (ClusterId: string) => (await emr.send(new DescribeClusterCommand({ ClusterId }))).Cluster
const step = async (ClusterId: string, StepId: string) => (await emr.send(new DescribeStepCommand({ ClusterId, StepId }))).Step
const waiting = { timeout: 10_000, interval: 10 }
const clusterIs = (id: string, state: ClusterState) =>
  vi.waitFor(async () => {
    const found = await cluster(id)
    expect(found?.Status?.State).toBe(state)
    return found
  }, waiting)
const stepIs = (clusterId: string, id: string, state: StepState) =>
  vi.waitFor(async () => {
    const found = await step(clusterId, id)
    expect(found?.Status?.State).toBe(state)
    return found
  }, waiting)
async function logOf(clusterId: string, stepId: string, name: string): Promise<string> {
  return gunzipSync(await readFile(join(dir, 's3/logs/emr', clusterId, 'steps', stepId, `${name}.gz`))).toString('utf8')
}
/** One that ended and that nobody looked at (a zombie, where `/proc` shows it) is not alive. */
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    const stat = `/proc/${pid}/stat`
    return !existsSync(stat) || !/\) [ZX] /.test(readFileSync(stat, 'utf8'))
  } catch {
    return false
  }
}
/** A step that writes its process id to a file, so that the test can find it. */
const forever = (file: string) => `require('fs').appendFileSync(${JSON.stringify(file)}, process.pid + '\\n'); ${FOREVER}`
const pidsIn = async (file: string): Promise<number[]> =>
  existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n').map(Number) : []
const pidIn = (file: string, index: number): Promise<number> =>
  vi.waitFor(async () => {
    const pid = (await pidsIn(file))[index]
    expect(pid).toBeGreaterThan(0)
    return pid ?? 0
  }, waiting)

describe('a cluster', () => {
  it('goes through its states to WAITING, with its timeline, tags, machines and what was asked for', async () => {
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
    const id = await runCluster({ ...withInstances({ KeepJobFlowAliveWhenNoSteps: false }), Steps: [node('0'), node('0')] })
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
    ['name', { Name: undefined }, "'Name'"],
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

describe('a step', () => {
  it('runs as a process with the given environment, and its logs are in S3 when it is COMPLETED', async () => {
    const id = await runCluster()
    const [stepId = ''] = await addSteps(id, node('console.log(process.env.GREETING); console.error("careful")'))
    const pending = await step(id, stepId)
    expect(pending).toMatchObject({
      Id: stepId,
      Config: { Jar: 'command-runner.jar', Args: ['node', '-e', expect.any(String)] },
      ActionOnFailure: 'CONTINUE',
      Status: { State: 'PENDING' },
    })
    const done = await stepIs(id, stepId, 'COMPLETED')
    const { CreationDateTime, StartDateTime, EndDateTime } = done?.Status?.Timeline ?? {}
    expect(Number(StartDateTime)).toBeGreaterThanOrEqual(Number(CreationDateTime))
    expect(Number(EndDateTime)).toBeGreaterThan(Number(StartDateTime))
    expect(done?.Status?.FailureDetails).toBeUndefined()
    expect(await logOf(id, stepId, 'stdout')).toBe('hello\n')
    expect(await logOf(id, stepId, 'stderr')).toBe('careful\n')
    const controller = await logOf(id, stepId, 'controller')
    expect(controller).toMatch(/INFO startExec 'hadoop jar .*command-runner\.jar node -e /)
    expect(controller).toMatch(/INFO waitProcessCompletion ended with exit code 0 : hadoop jar /)
    expect(controller).toMatch(/INFO Step succeeded with exitCode 0 and took \d+ seconds/)
    expect((await clusterIs(id, 'WAITING'))?.Status?.StateChangeReason?.Message).toBe('Cluster ready after last step completed.')
  })

  it('never sees the AWS profile or keys of whoever started the sandbox', async () => {
    process.env.AWS_PROFILE = 'production'
    process.env.AWS_SESSION_TOKEN = 'secret'
    try {
      const id = await runCluster()
      const [stepId = ''] = await addSteps(
        id,
        node('console.log(Object.keys(process.env).filter(key => /^AWS_/.test(key)).join())'),
      )
      await stepIs(id, stepId, 'COMPLETED')
      expect(await logOf(id, stepId, 'stdout')).toBe('\n')
    } finally {
      delete process.env.AWS_PROFILE
      delete process.env.AWS_SESSION_TOKEN
    }
  })

  it('that throws is FAILED with the exception and the place of its log', async () => {
    const id = await runCluster()
    const [stepId = ''] = await addSteps(id, node('throw new RangeError("no such shard")'))
    const failed = await stepIs(id, stepId, 'FAILED')
    expect(failed?.Status?.FailureDetails).toEqual({
      Reason: 'RangeError',
      Message: 'RangeError: no such shard',
      LogFile: `s3://logs/emr/${id}/steps/${stepId}/stderr.gz`,
    })
    expect(await logOf(id, stepId, 'stderr')).toContain('RangeError: no such shard')
    expect(await logOf(id, stepId, 'controller')).toMatch(
      /waitProcessCompletion ended with exit code 1 .*\n.*\n.*WARN Step failed with exitCode 1/,
    )
  })

  it('whose process is killed is FAILED, and not tried again', async () => {
    const id = await runCluster()
    const file = join(dir, 'pids')
    const [stepId = ''] = await addSteps(id, node(forever(file)))
    process.kill(await pidIn(file, 0), 'SIGKILL')
    const failed = await stepIs(id, stepId, 'FAILED')
    expect(failed?.Status?.FailureDetails).toMatchObject({
      Reason: 'Unknown Error.',
      Message: "The step's process was killed by SIGKILL.",
    })
    await clusterIs(id, 'WAITING')
    expect(await pidsIn(file)).toHaveLength(1)
    expect(await logOf(id, stepId, 'controller')).toContain('ended with exit code 137')
  })

  it.each([
    ['an unknown command', { Jar: 'command-runner.jar', Args: ['spark-shell'] }, 'Cannot run program "spark-shell"'],
    ['a command of Object', { Jar: 'command-runner.jar', Args: ['constructor'] }, 'Cannot run program "constructor"'],
    ['no command', { Jar: 'command-runner.jar' }, 'command-runner.jar was given no arguments'],
    ['another jar', { Jar: 's3://b/my.jar' }, 'The sandbox runs steps of command-runner.jar only, not s3://b/my.jar.'],
    ['a program that is not there', { Jar: 'command-runner.jar', Args: ['ghost'] }, 'ENOENT'],
  ])('with %s is FAILED and says so', async (_what, HadoopJarStep, message) => {
    const id = await runCluster()
    const [stepId = ''] = await addSteps(id, { Name: 'x', ActionOnFailure: 'CONTINUE', HadoopJarStep })
    const failed = await stepIs(id, stepId, 'FAILED')
    expect(failed?.Status?.FailureDetails?.Message).toContain(message)
    expect(await logOf(id, stepId, 'stderr')).toContain(message)
  })

  it('copies its logs to S3 while it runs', async () => {
    const id = await runCluster()
    const [stepId = ''] = await addSteps(id, node(FOREVER))
    await vi.waitFor(async () => expect(await logOf(id, stepId, 'stdout')).toMatch(/^up \d+\n$/), waiting)
    expect((await step(id, stepId))?.Status?.State).toBe('RUNNING')
  })

  it('on failure cancels the others and waits, or shuts the cluster down, as it says', async () => {
    const wait = await runCluster()
    const [, left = ''] = await addSteps(wait, node('process.exit(3)', { ActionOnFailure: 'CANCEL_AND_WAIT' }), node('0'))
    await stepIs(wait, left, 'CANCELLED')
    expect((await clusterIs(wait, 'WAITING'))?.Status?.StateChangeReason?.Message).toMatch(/^Cluster ready after last step/)
    const end = await runCluster()
    await addSteps(end, node('process.exit(3)', { ActionOnFailure: 'TERMINATE_CLUSTER' }))
    expect((await clusterIs(end, 'TERMINATED_WITH_ERRORS'))?.Status?.StateChangeReason).toEqual({
      Code: 'STEP_FAILURE',
      Message: 'Shut down as step failed',
    })
  })

  it('waits for the one before, and runs beside others at a higher concurrency', async () => {
    const id = await runCluster()
    const [first = '', second = '', third = ''] = await addSteps(id, node(FOREVER), node(FOREVER), node(FOREVER))
    await stepIs(id, first, 'RUNNING')
    expect((await step(id, second))?.Status?.State).toBe('PENDING')
    await emr.send(new ModifyClusterCommand({ ClusterId: id, StepConcurrencyLevel: 2 }))
    await stepIs(id, second, 'RUNNING')
    expect((await step(id, first))?.Status?.State).toBe('RUNNING')
    expect((await step(id, third))?.Status?.State).toBe('PENDING')
    await expect(addSteps(id, node('0', { ActionOnFailure: 'CANCEL_AND_WAIT' }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('ActionOnFailure'),
    })
  })

  it('is listed newest first, by state, by id, in pages of 50', async () => {
    const id = await runCluster()
    const [running = ''] = await addSteps(id, node(FOREVER))
    await stepIs(id, running, 'RUNNING')
    const ids = await addSteps(id, ...Array.from({ length: 52 }, (_, index) => node('0', { Name: `n${index}` })))
    const first = await emr.send(new ListStepsCommand({ ClusterId: id }))
    const second = await emr.send(new ListStepsCommand({ ClusterId: id, Marker: first.Marker }))
    expect([...(first.Steps ?? []), ...(second.Steps ?? [])].map(entry => entry.Id)).toEqual([...ids.toReversed(), running])
    expect(first.Steps).toHaveLength(50)
    const active = await emr.send(new ListStepsCommand({ ClusterId: id, StepStates: ['RUNNING'] }))
    expect(active.Steps?.map(entry => entry.Id)).toEqual([running])
    const some = await emr.send(new ListStepsCommand({ ClusterId: id, StepIds: [running, ids[4] ?? ''] }))
    expect(some.Steps?.map(entry => entry.Id)).toEqual([running, ids[4]])
    await expect(emr.send(new ListStepsCommand({ ClusterId: id, StepIds: ids.slice(0, 11) }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
    await expect(addSteps(id, ...Array.from({ length: 204 }, () => node('0')))).rejects.toMatchObject({
      message: "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded.",
    })
  })

  it('has at most 10,240 characters', async () => {
    const id = await runCluster()
    await expect(addSteps(id, node('x'.repeat(10_240)))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('cannot exceed a total of 10240 characters'),
    })
  })
})

describe('cancelling a step', () => {
  const cancel = async (ClusterId: string, StepIds: string[], kill = false) => {
    const StepCancellationOption = kill ? 'TERMINATE_PROCESS' : 'SEND_INTERRUPT'
    const { CancelStepsInfoList } = await emr.send(new CancelStepsCommand({ ClusterId, StepIds, StepCancellationOption }))
    return CancelStepsInfoList?.map(info => info.Status)
  }

  it('cancels a pending one at once, and asks a running one to end', async () => {
    const id = await runCluster()
    const file = join(dir, 'pids')
    const polite = `process.on('SIGTERM', () => { console.log('last words'); process.exit(0) }); ${forever(file)}`
    const [running = '', pending = ''] = await addSteps(id, node(polite), node('0'))
    const pid = await pidIn(file, 0)
    expect(await cancel(id, [running, pending])).toEqual(['SUBMITTED', 'SUBMITTED'])
    expect((await step(id, pending))?.Status?.State).toBe('CANCELLED')
    const cancelled = await stepIs(id, running, 'CANCELLED')
    expect(cancelled?.Status?.Timeline?.EndDateTime).toBeInstanceOf(Date)
    expect(alive(pid)).toBe(false)
    expect(await logOf(id, running, 'stdout')).toContain('last words')
    expect(await cancel(id, [running, 's-NONE'])).toEqual(['FAILED', 'FAILED'])
  })

  it('kills one that does not listen, with what it started', async () => {
    const id = await runCluster()
    const [own, other] = [join(dir, 'own'), join(dir, 'other')]
    const deaf = `process.on('SIGTERM', () => console.log('no')); require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(
      forever(other),
    )}], { stdio: 'inherit' }); ${forever(own)}`
    const [stepId = ''] = await addSteps(id, node(deaf))
    const pids = [await pidIn(own, 0), await pidIn(other, 0)]
    await cancel(id, [stepId])
    await stepIs(id, stepId, 'CANCEL_PENDING')
    expect(pids.map(alive)).toEqual([true, true])
    await cancel(id, [stepId], true)
    await stepIs(id, stepId, 'CANCELLED')
    await vi.waitFor(() => expect(pids.map(alive)).toEqual([false, false]), waiting)
  })
})

describe('a program that does not listen', () => {
  const deaf = (file: string) => node(`process.on('SIGTERM', () => {}); ${forever(file)}`)
  async function cancelled(): Promise<{ id: string; stepId: string; pid: number }> {
    const id = await runCluster()
    const file = join(dir, 'pids')
    const [stepId = ''] = await addSteps(id, deaf(file))
    const pid = await pidIn(file, 0)
    await emr.send(new CancelStepsCommand({ ClusterId: id, StepIds: [stepId] }))
    return { id, stepId, pid }
  }

  it('is killed when its cluster is terminated, also after it was asked', async () => {
    const { id, stepId, pid } = await cancelled()
    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [id] }))
    expect((await cluster(id))?.Status?.State).toBe('TERMINATING')
    await clusterIs(id, 'TERMINATED')
    expect(alive(pid)).toBe(false)
    expect((await step(id, stepId))?.Status?.State).toBe('CANCELLED')
  })

  it('is killed when the sandbox is stopped, and not started again once it was cancelled', async () => {
    const { id, stepId, pid } = await cancelled()
    await close()
    expect(alive(pid)).toBe(false)
    await open()
    expect((await step(id, stepId))?.Status?.State).toBe('CANCELLED')
  })
})

describe('a restart of the sandbox', () => {
  it('in order ends the process of a step and starts it again; the step stays RUNNING', async () => {
    const id = await runCluster()
    const file = join(dir, 'pids')
    const [stepId = ''] = await addSteps(id, node(forever(file)))
    const first = await pidIn(file, 0)
    const before = await step(id, stepId)
    await close()
    expect(alive(first)).toBe(false)
    await open()
    expect((await step(id, stepId))?.Status).toEqual(before?.Status)
    const second = await pidIn(file, 1)
    expect(alive(second)).toBe(true)
    await vi.waitFor(async () => expect(await logOf(id, stepId, 'controller')).toContain('Starting attempt 2'), waiting)
    expect((await step(id, stepId))?.Status?.State).toBe('RUNNING')
  })

  it('after kill -9 has what was answered, kills what was left of a step, and starts it again', async () => {
    await close()
    const program = fileURLToPath(new URL('emr-process.ts', import.meta.url))
    const sandbox = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [endpoint] = await once(sandbox.stdout, 'data')
    connect(String(endpoint).trim())
    const id = await runCluster()
    const file = join(dir, 'pids')
    const [running = '', pending = ''] = await addSteps(id, node(forever(file)), node('0'))
    const orphan = await pidIn(file, 0)
    sandbox.kill('SIGKILL')
    await once(sandbox, 'exit')
    expect(alive(orphan)).toBe(true)
    await open()
    const again = await pidIn(file, 1)
    expect(alive(orphan)).toBe(false)
    expect(alive(again)).toBe(true)
    expect((await step(id, running))?.Status?.State).toBe('RUNNING')
    expect((await step(id, pending))?.Status?.State).toBe('PENDING')
    expect((await cluster(id))?.Tags).toEqual(REQUEST.Tags)
    await vi.waitFor(
      async () => expect(await logOf(id, running, 'controller')).toContain(`Killed what attempt 1 left running: ${orphan}`),
      waiting,
    )
  })

  it('tells a step by its closed standard input that the sandbox is gone', async () => {
    await close()
    const program = fileURLToPath(new URL('emr-process.ts', import.meta.url))
    const sandbox = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [endpoint] = await once(sandbox.stdout, 'data')
    connect(String(endpoint).trim())
    const file = join(dir, 'pids')
    await addSteps(await runCluster(), node(`process.stdin.resume().on('end', () => process.exit(1)); ${forever(file)}`))
    const pid = await pidIn(file, 0)
    sandbox.kill('SIGKILL')
    await vi.waitFor(() => expect(alive(pid)).toBe(false), waiting)
    await open()
  })

  it('does not touch a process that only has the number of an old one', async () => {
    const id = await runCluster()
    const [stepId = ''] = await addSteps(id, node(FOREVER))
    await stepIs(id, stepId, 'RUNNING')
    await close()
    const record = join(dir, 'emr', 'clusters', `${id}.json`)
    const stranger = spawn(process.execPath, ['-e', FOREVER], { stdio: 'ignore' })
    await once(stranger, 'spawn')
    const text = await readFile(record, 'utf8')
    await writeFile(record, text.replace(/"pid":\d+/, `"pid":${stranger.pid}`))
    await open()
    await vi.waitFor(async () => expect(await logOf(id, stepId, 'controller')).toContain('Starting attempt 2'), waiting)
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
    stranger.kill('SIGKILL')
  })

  it('gives up on a step after ten starts in a row that the sandbox did not outlive', async () => {
    const id = await runCluster()
    const [stepId = ''] = await addSteps(id, node(FOREVER))
    await stepIs(id, stepId, 'RUNNING')
    await close()
    const record = join(dir, 'emr', 'clusters', `${id}.json`)
    await writeFile(record, (await readFile(record, 'utf8')).replace(/"shortAttempts":\d+/, '"shortAttempts":10'))
    await open()
    const failed = await stepIs(id, stepId, 'FAILED')
    expect(failed?.Status?.FailureDetails?.Message).toContain('10 starts of this step in a row')
  })
})
