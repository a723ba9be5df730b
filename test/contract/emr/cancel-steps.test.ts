import { join } from 'node:path'
import { CancelStepsCommand, TerminateJobFlowsCommand } from '@aws-sdk/client-emr'
import { describe, expect, it, vi } from 'vitest'
import { waiting } from '../../fixture/waiting.ts'
import {
  addSteps,
  alive,
  close,
  cluster,
  clusterIs,
  dir,
  emr,
  forever,
  logOf,
  node,
  open,
  pidIn,
  runCluster,
  serveEmr,
  step,
  stepIs,
} from './emr-under-test.ts'

serveEmr()

describe('cancelling a step', () => {
  const cancel = async (ClusterId: string, StepIds: string[], kill = false) => {
    const StepCancellationOption = kill ? 'TERMINATE_PROCESS' : 'SEND_INTERRUPT'
    const { CancelStepsInfoList } = await emr.send(
      new CancelStepsCommand({ ClusterId, StepIds, StepCancellationOption }),
    )
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
    const child = JSON.stringify(forever(other))
    const deaf = [
      "process.on('SIGTERM', () => console.log('no'))",
      `require('child_process').spawn(process.execPath, ['-e', ${child}], { stdio: 'inherit' })`,
      forever(own),
    ].join('; ')
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
