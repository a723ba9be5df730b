import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DescribeClusterCommand,
  ListBootstrapActionsCommand,
  ListClustersCommand,
  SetTerminationProtectionCommand,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { BOOTSTRAP_ACTION } from '../../../electron/core/wheelhouse/bootstrap-action.ts'
import { clusterPython } from '../../../electron/core/wheelhouse/bootstrap-script.ts'
import type { WheelStore } from '../../../electron/core/wheelhouse/wheel-store.ts'
import { type Wheelhouse, wheelhouseOf } from '../../../electron/core/wheelhouse/wheelhouse.ts'
import type { Target } from '../../../shared/features/targets.ts'
import { all, applied, failure, openCoreHere, SCOPE, type TestCore, value } from '../../fixture/open-core.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'
import { waiting } from '../../fixture/waiting.ts'

/** As a target of AWS is: Spark runs jobs there, and the pipeline brings its packages. */
const BRINGS: Pick<Target, 'packages' | 'engines'> = { packages: 'wheelhouse', engines: ['spark'] }

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let temporary: Awaited<ReturnType<typeof temporaryFolder>>
let wheelhouse: Wheelhouse
let core: TestCore
const asked: string[] = []

beforeAll(async () => {
  pipeline = await openCoreHere()
  temporary = await temporaryFolder()
  const found = wheelhouseOf(pipeline.spec)
  if ('none' in found) throw new Error(found.none)
  wheelhouse = found
  // Wheels of a few bytes: what a wheel is, and its hash, are of no concern here.
  const wheels: WheelStore = {
    cached: async () => [],
    async *fetch({ file, sizeBytes }) {
      asked.push(file)
      yield sizeBytes
      const path = join(temporary.path, file)
      await writeFile(path, file)
      return path
    },
  }
  core = pipeline.another({ ...BRINGS, wheels })
})
afterAll(async () => {
  await core.close()
  await pipeline.close()
  await temporary.remove()
})

const cluster = async () => value(await core.jobs.list(SCOPE)).clusters[0]?.id ?? ''

/** What starting the job says of the packages; what comes behind it is not waited for. */
async function saidOfPackages(): Promise<string | undefined> {
  const leave = new AbortController()
  for await (const result of core.jobs.start({ ...SCOPE, engine: 'spark' }, leave.signal)) {
    const { step, detail } = value(result)
    if (step !== 'check-packages') continue
    leave.abort()
    return detail
  }
  return undefined
}

describe('the packages of a job, where a pipeline brings them', () => {
  it('are a resource of the plan, and the cluster waits for it', async () => {
    const { changes } = value(await core.provision.plan(SCOPE))
    const row = changes.find(({ kind }) => kind === 'wheelhouse')
    expect(row).toMatchObject({ id: `wheelhouse:${wheelhouse.id}`, action: 'create' })
    expect(changes.find(({ kind }) => kind === 'cluster')?.dependsOn).toContain(row?.id)
    const { changes: without } = value(await pipeline.core.provision.plan(SCOPE))
    expect(without.map(({ kind }) => kind)).not.toContain('wheelhouse')
  })

  it('missing on a cluster: the plan replaces it, and a step is refused before it fails', async () => {
    await all(applied(pipeline.core))
    await all(core.artifacts.deploy(SCOPE))
    expect(asked).toHaveLength(wheelhouse.wheels.length)
    const { changes } = value(await core.provision.plan(SCOPE))
    expect(changes.find(({ kind }) => kind === 'wheelhouse')?.action).toBe('keep')
    expect(changes.find(({ kind }) => kind === 'cluster')).toMatchObject({
      action: 'replace',
      differences: [{ member: 'packages', is: 'not set', must: wheelhouse.id }],
    })
    expect(await failure(core.jobs.start({ ...SCOPE, engine: 'spark' }))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('was launched without the packages of the job'),
      hint: expect.stringContaining('sluice apply'),
    })
  })

  it('are installed by the cluster that apply launches, by its bootstrap action, and its Spark uses them', async () => {
    await all(applied(core))
    const ClusterId = await cluster()
    const { BootstrapActions } = await pipeline.aws.emr.send(new ListBootstrapActionsCommand({ ClusterId }))
    const { bucket } = value(await core.artifacts.state(SCOPE))
    expect(BootstrapActions).toEqual([
      {
        Name: BOOTSTRAP_ACTION,
        ScriptPath: `s3://${bucket}/${wheelhouse.script.key}`,
        Args: [bucket, wheelhouse.list.key, wheelhouse.id, wheelhouse.python],
      },
    ])
    const { Cluster } = await pipeline.aws.emr.send(new DescribeClusterCommand({ ClusterId }))
    const [environment] = Cluster?.Configurations ?? []
    expect(environment?.Configurations?.[0]?.Properties).toEqual({ PYSPARK_PYTHON: clusterPython(wheelhouse.id) })
    const { changes } = value(await core.provision.plan(SCOPE))
    expect(new Set(changes.map(({ action }) => action))).toEqual(new Set(['keep']))
    expect(await saidOfPackages()).toBe(`${wheelhouse.id} are installed`)
  })

  it('are shown with the artifacts: how many there are, for what, and whether they are deployed', async () => {
    expect(value(await core.artifacts.state(SCOPE)).wheelhouse).toMatchObject({
      id: wheelhouse.id,
      python: '3.11',
      architecture: 'x86_64',
      wheels: wheelhouse.wheels.length,
      needed: true,
      deployed: true,
      cached: 0,
    })
  })

  it('of a cluster that ended while it started are reported with what EMR says of it', async () => {
    await all(core.provision.destroy({ ...SCOPE, confirm: SCOPE.pipeline }))
    const { emr } = pipeline.aws
    const applying = failure(applied(core))
    const JobFlowIds = await vi.waitFor(async () => {
      const { Clusters = [] } = await emr.send(
        new ListClustersCommand({ ClusterStates: ['STARTING', 'BOOTSTRAPPING'] }),
      )
      if (!Clusters[0]?.Id) throw new Error('no cluster yet')
      return [Clusters[0].Id]
    }, waiting)
    await emr.send(new SetTerminationProtectionCommand({ JobFlowIds, TerminationProtected: false }))
    await emr.send(new TerminateJobFlowsCommand({ JobFlowIds }))
    expect(await applying).toMatchObject({
      code: 'failed',
      message: `Cluster ${JobFlowIds[0]} ended while it started: Terminated by user request`,
    })
  })
})
