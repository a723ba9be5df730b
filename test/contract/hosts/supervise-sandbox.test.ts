import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exists } from '../../../electron/hosts/lock/process-mark.ts'
import { lastSandbox } from '../../../electron/hosts/sandbox/running.ts'
import { type SupervisedSandbox, superviseSandbox } from '../../../electron/hosts/sandbox/supervise.ts'
import type { ProgramState } from '../../../shared/features/programs.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let sandbox: SupervisedSandbox | undefined
let events: string[]
let states: ProgramState[]
beforeEach(async () => {
  folder = await temporaryFolder()
  events = []
  states = []
})
afterEach(async () => {
  await sandbox?.stop()
  sandbox = undefined
  await folder.remove()
})

const start = async (port?: number) => {
  sandbox = await superviseSandbox({
    data: folder.path,
    limits: true,
    anyKey: false,
    checkSignatures: true,
    detached: false,
    onEvent: text => events.push(text),
    onState: state => states.push(state),
    ...(port !== undefined && { port }),
  })
  return sandbox
}
const pid = async () => (await lastSandbox(folder.path))?.pid ?? 0
const state = () => sandbox?.program?.state().state

/** Takes a port as soon as it is free. */
async function take(port: number): Promise<Server> {
  for (;;) {
    const server = createServer()
    const taken = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (taken) return server
  }
}

describe('the sandbox under its supervisor', () => {
  it('that cannot come back says why, is tried again by itself, and comes back where it was', async () => {
    const { endpoint } = await start()
    process.kill(await pid(), 'SIGKILL')
    const other = await take(Number(new URL(endpoint).port))
    await expect
      .poll(() => sandbox?.program?.state(), { timeout: 20_000 })
      .toMatchObject({
        state: 'waiting',
        attempts: 2,
        reason: expect.stringMatching(/^Port \d+ of 127\.0\.0\.1 is taken by another program/),
        log: [expect.stringContaining('is taken by another program')],
      })
    await new Promise(resolve => other.close(resolve))
    sandbox?.program?.retry()
    await expect.poll(state, { timeout: 20_000 }).toBe('running')
    expect(events).toContain(`the sandbox was restarted at ${endpoint}`)
    expect((await lastSandbox(folder.path))?.endpoint).toBe(endpoint)
  })

  it('whose state is damaged is not restarted again and again: it says so once, and starts with the file', async () => {
    await start()
    const file = join(folder.path, 'sandbox', 'iam', 'entities.json')
    await mkdir(dirname(file), { recursive: true })
    const whole = await readFile(file).catch(() => undefined)
    await writeFile(file, 'no such lines\n')
    process.kill(await pid(), 'SIGKILL')
    await expect.poll(state, { timeout: 20_000 }).toBe('failed')
    expect(sandbox?.program?.state().reason).toContain(`run sluice repair --data ${folder.path}, which`)
    expect(events[0]).toBe('the sandbox died (SIGKILL); starting it again')
    expect(events.slice(1)).toEqual([
      expect.stringMatching(/^the sandbox cannot start, and is not started again by itself: .* is damaged/),
    ])
    await (whole ? writeFile(file, whole) : rm(file))
    sandbox?.program?.retry()
    await expect.poll(state, { timeout: 20_000 }).toBe('running')
  })

  it('that is stopped is called silent, lives on when it goes on, and is the same process', async () => {
    await start()
    const before = await pid()
    process.kill(before, 'SIGSTOP')
    await expect.poll(state, { timeout: 25_000 }).toBe('silent')
    process.kill(before, 'SIGCONT')
    await expect.poll(state).toBe('running')
    expect(await pid()).toBe(before)
    expect(events).toEqual(['the sandbox is not responding', 'the sandbox is responding again'])
  })

  it('that is stopped is ended all the same, in time', async () => {
    await start()
    const stopped = await pid()
    process.kill(stopped, 'SIGSTOP')
    const startedAt = performance.now()
    await sandbox?.stop()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(exists(stopped)).toBe(false)
  })

  it('whose first start fails says so, with its own last words', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await expect(start(port)).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken by another program`)
    other.close()
  })

  it.runIf(process.platform === 'linux')('has nothing of the environment but what it needs', async () => {
    process.env.AWS_PROFILE = 'production'
    process.env.SLUICE_TEST_SECRET = 'secret'
    try {
      await start()
      const names = (await readFile(join('/proc', String(await pid()), 'environ'), 'utf8'))
        .split('\0')
        .map(line => line.split('=')[0])
      expect(names).toContain('PATH')
      expect(names).not.toContain('AWS_PROFILE')
      expect(names).not.toContain('SLUICE_TEST_SECRET')
      expect(names).not.toContain('NODE_ENV')
    } finally {
      delete process.env.AWS_PROFILE
      delete process.env.SLUICE_TEST_SECRET
    }
  })
})
