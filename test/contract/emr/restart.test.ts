import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { decodeLines } from '../../../shared/state/checked-lines.ts'
import { writeJsonFile } from '../../../shared/state/json-file.ts'
import { waiting } from '../../fixture/waiting.ts'
import {
  addSteps,
  alive,
  close,
  cluster,
  connect,
  dir,
  FOREVER,
  forever,
  logOf,
  node,
  open,
  pidIn,
  REQUEST,
  runCluster,
  serveEmr,
  step,
  stepIs,
} from './emr-under-test.ts'

serveEmr()

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
      async () =>
        expect(await logOf(id, running, 'controller')).toContain(`Killed what attempt 1 left running: ${orphan}`),
      waiting,
    )
  })

  it('signals a step by its closed standard input that the sandbox is gone', async () => {
    await close()
    const program = fileURLToPath(new URL('emr-process.ts', import.meta.url))
    const sandbox = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [endpoint] = await once(sandbox.stdout, 'data')
    connect(String(endpoint).trim())
    const file = join(dir, 'pids')
    await addSteps(
      await runCluster(),
      node(`process.stdin.resume().on('end', () => process.exit(1)); ${forever(file)}`),
    )
    const pid = await pidIn(file, 0)
    sandbox.kill('SIGKILL')
    await vi.waitFor(() => expect(alive(pid)).toBe(false), waiting)
    await open()
  })

  it('does not touch a process that only has the number of an old one', async () => {
    const id = await runCluster()
    const file = join(dir, 'pids')
    const [stepId = ''] = await addSteps(id, node(forever(file)))
    await pidIn(file, 0)
    await close()
    const record = join(dir, 'emr', 'clusters', `${id}.json`)
    const stranger = spawn(process.execPath, ['-e', FOREVER], { stdio: 'ignore' })
    await once(stranger, 'spawn')
    editRecord(record, text => text.replace(/"pid":\d+/, `"pid":${stranger.pid}`))
    await open()
    await vi.waitFor(async () => expect(await logOf(id, stepId, 'controller')).toContain('Starting attempt 2'), waiting)
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
    stranger.kill('SIGKILL')
  })

  it('gives up on a step after ten starts in a row that the sandbox did not outlive', async () => {
    const id = await runCluster()
    const file = join(dir, 'pids')
    const [stepId = ''] = await addSteps(id, node(forever(file)))
    // It counts as started once its process is there: the state is RUNNING before that.
    await pidIn(file, 0)
    await close()
    const record = join(dir, 'emr', 'clusters', `${id}.json`)
    editRecord(record, text => text.replace(/"shortAttempts":\d+/, '"shortAttempts":10'))
    await open()
    const failed = await stepIs(id, stepId, 'FAILED')
    expect(failed?.Status?.FailureDetails?.Message).toContain('10 starts of this step in a row')
  })
})

/** Changes what is kept of a cluster, with the checksum of it. */
function editRecord(file: string, edit: (json: string) => string): void {
  const [json = ''] = decodeLines(readFileSync(file)).texts
  writeJsonFile(file, JSON.parse(edit(json)))
}
