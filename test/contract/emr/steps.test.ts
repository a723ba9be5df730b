import { join } from 'node:path'
import { ListStepsCommand, ModifyClusterCommand } from '@aws-sdk/client-emr'
import { describe, expect, it, vi } from 'vitest'
import { waiting } from '../../fixture/waiting.ts'
import {
  addSteps,
  clusterIs,
  dir,
  emr,
  FOREVER,
  forever,
  logOf,
  node,
  pidIn,
  pidsIn,
  runCluster,
  serveEmr,
  step,
  stepIs,
  withSlowStart,
} from './emr-under-test.ts'

serveEmr()

describe('a step', () => {
  it('runs as a process with the given environment, and its logs are in S3 when it is COMPLETED', async () => {
    await withSlowStart()
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
    expect((await clusterIs(id, 'WAITING'))?.Status?.StateChangeReason?.Message).toBe(
      'Cluster ready after last step completed.',
    )
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
      expect(await logOf(id, stepId, 'stdout')).toBe('AWS_ENDPOINT_URL\n')
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
    const [, left = ''] = await addSteps(
      wait,
      node('process.exit(3)', { ActionOnFailure: 'CANCEL_AND_WAIT' }),
      node('0'),
    )
    await stepIs(wait, left, 'CANCELLED')
    expect((await clusterIs(wait, 'WAITING'))?.Status?.StateChangeReason?.Message).toMatch(
      /^Cluster ready after last step/,
    )
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
    expect([...(first.Steps ?? []), ...(second.Steps ?? [])].map(entry => entry.Id)).toEqual([
      ...ids.toReversed(),
      running,
    ])
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
