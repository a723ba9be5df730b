import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  AddJobFlowStepsCommand,
  type ClusterState,
  DescribeClusterCommand,
  DescribeStepCommand,
  EMRClient,
  RunJobFlowCommand,
  type RunJobFlowCommandInput,
  type StepConfig,
  type StepState,
} from '@aws-sdk/client-emr'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { waiting } from '../../fixture/waiting.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'
import { openEmrOn } from './open-emr.ts'

/** The folder of the state, the client and the served endpoint of the test that runs. */
export let dir: string
let served: Awaited<ReturnType<typeof serveServices>>
export let emr: EMRClient
let logged: string[]

/** Points the client at another endpoint. */
export function connect(endpoint: string): void {
  const options = { endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 }
  emr = new EMRClient(options)
}
export async function open(startingMs?: number): Promise<void> {
  served = await serveServices([await openEmrOn(dir, line => void logged.push(line), startingMs)])
  connect(served.endpoint)
}
export async function close(): Promise<void> {
  emr.destroy()
  await served.close()
  expect(served.crashes).toEqual([])
  expect(logged).toEqual([])
}

/** Serves it again with clusters that stay in their first state so long that a busy machine sees them there. */
export async function withSlowStart(): Promise<void> {
  await close()
  await open(2_000)
}

/** Serves EMR on a fresh folder to each test of the file. */
export function serveEmr(): void {
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
}

export const REQUEST: RunJobFlowCommandInput = {
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
export async function runCluster(change: Partial<RunJobFlowCommandInput> = {}): Promise<string> {
  const { JobFlowId } = await emr.send(new RunJobFlowCommand({ ...REQUEST, ...change }))
  return JobFlowId ?? ''
}
export const withInstances = (change: Partial<NonNullable<RunJobFlowCommandInput['Instances']>>) => ({
  Instances: { ...REQUEST.Instances, ...change },
})

/** A step that runs a program in Node. */
export const node = (code: string, change: Partial<StepConfig> = {}): StepConfig => ({
  Name: 'step',
  ActionOnFailure: 'CONTINUE',
  HadoopJarStep: { Jar: 'command-runner.jar', Args: ['node', '-e', code] },
  ...change,
})
export async function addSteps(JobFlowId: string, ...Steps: StepConfig[]): Promise<string[]> {
  return (await emr.send(new AddJobFlowStepsCommand({ JobFlowId, Steps }))).StepIds ?? []
}
/** Says so when it is up, then runs until it is asked to end. */
export const FOREVER = "console.log('up', process.pid); setInterval(() => {}, 1000)"

export const cluster = async (ClusterId: string) => (await emr.send(new DescribeClusterCommand({ ClusterId }))).Cluster
export const step = async (ClusterId: string, StepId: string) =>
  (await emr.send(new DescribeStepCommand({ ClusterId, StepId }))).Step
export const clusterIs = (id: string, state: ClusterState) =>
  vi.waitFor(async () => {
    const found = await cluster(id)
    expect(found?.Status?.State).toBe(state)
    return found
  }, waiting)
export const stepIs = (clusterId: string, id: string, state: StepState) =>
  vi.waitFor(async () => {
    const found = await step(clusterId, id)
    expect(found?.Status?.State).toBe(state)
    return found
  }, waiting)
export async function logOf(clusterId: string, stepId: string, name: string): Promise<string> {
  return gunzipSync(await readFile(join(dir, 's3/logs/emr', clusterId, 'steps', stepId, `${name}.gz`))).toString('utf8')
}
/** One that ended and was not reaped (a zombie, where `/proc` shows it) is not alive. */
export const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    const stat = `/proc/${pid}/stat`
    return !existsSync(stat) || !/\) [ZX] /.test(readFileSync(stat, 'utf8'))
  } catch {
    return false
  }
}
/** A step that writes its process id to a file, so that the test can find it. */
export const forever = (file: string) =>
  `require('fs').appendFileSync(${JSON.stringify(file)}, process.pid + '\\n'); ${FOREVER}`
export const pidsIn = async (file: string): Promise<number[]> =>
  existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n').map(Number) : []
export const pidIn = (file: string, index: number): Promise<number> =>
  vi.waitFor(async () => {
    const pid = (await pidsIn(file))[index]
    expect(pid).toBeGreaterThan(0)
    return pid ?? 0
  }, waiting)
