import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { openDataFolder, sandboxFolder } from '../data-folder.ts'
import { nodePath, programPath } from '../project.ts'
import { noticeOf } from './notice-lines.ts'
import { isAlive, liveSandbox, type Running } from './running.ts'

export interface SupervisedSandbox {
  endpoint: string
  /** False when it was there before: then it is neither restarted nor stopped from here. */
  startedHere: boolean
  limits: boolean
  /** Stops it, if it was started here, and waits for its end. */
  stop(): Promise<void>
  /** Lets it live on when this process ends. */
  release(): void
}

export interface SuperviseOptions {
  data: string
  port?: number
  limits: boolean
  /** A sandbox that is to live on after this process; else it ends with it, whatever ends it. */
  detached: boolean
  /** Told of its life: `bad` while it is away, `good` when it is back, `info` else. */
  onEvent: (text: string, state: 'info' | 'warning' | 'bad' | 'good') => void
}

/** More restarts than this in a row, each without `STABLE_MS` of life, and it is given up. */
const MAX_RESTARTS = 10
const STABLE_MS = 10_000

/** Uses the sandbox that runs on this data folder, or starts one as a process of its own and starts it again when it dies. */
export async function superviseSandbox(options: SuperviseOptions): Promise<SupervisedSandbox> {
  const live = await liveSandbox(options.data)
  if (live) {
    options.onEvent(`using the sandbox at ${live.endpoint} that already runs on this data folder`, 'info')
    return {
      endpoint: live.endpoint,
      startedHere: false,
      limits: live.limits,
      stop: async () => undefined,
      release: () => undefined,
    }
  }
  await openDataFolder(options.data)
  let current = await start(options, options.port)
  let ending = false
  let restarts = 0
  const watch = () => {
    const bornAt = performance.now()
    current.child.once('exit', (code, signal) => {
      if (ending) return
      restarts = performance.now() - bornAt > STABLE_MS ? 1 : restarts + 1
      if (restarts > MAX_RESTARTS)
        return options.onEvent(`the sandbox died ${restarts} times in a row; see ${logFile(options.data)}`, 'bad')
      options.onEvent(
        `the sandbox died (${signal ?? `exit code ${code}`}); starting it again on port ${current.running.port}`,
        'bad',
      )
      start(options, current.running.port).then(
        next => {
          current = next
          options.onEvent(`the sandbox is back at ${next.running.endpoint}`, 'good')
          watch()
        },
        error => options.onEvent(`the sandbox could not be started again: ${String(error)}`, 'bad'),
      )
    })
  }
  watch()
  return {
    endpoint: current.running.endpoint,
    startedHere: true,
    limits: options.limits,
    async stop() {
      ending = true
      const { child } = current
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
    release() {
      ending = true
      current.child.unref()
    },
  }
}

/** Asks the sandbox on this data folder to stop, and waits until its process is gone. Returns false when none runs. */
export async function stopSandbox(data: string): Promise<boolean> {
  const live = await liveSandbox(data)
  if (!live) return false
  process.kill(live.pid, 'SIGTERM')
  while (isAlive(live.pid)) await new Promise(resolve => setTimeout(resolve, 50))
  return true
}

/** What the sandbox said last: why it ended. */
async function lastLine(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n').at(-1) ?? ''
}

const logFile = (data: string): string => join(sandboxFolder(data), 'sandbox.log')

async function start(options: SuperviseOptions, port: number | undefined): Promise<{ child: ChildProcess; running: Running }> {
  const log = await open(logFile(options.data), 'a')
  const args = [programPath('sandbox'), '--data', options.data, '--limits', options.limits ? 'on' : 'off']
  if (port !== undefined) args.push('--port', String(port))
  if (!options.detached) args.push('--tied')
  const child = spawn(nodePath(), args, {
    // A group of its own: Ctrl-C at the terminal reaches this process, which then ends the sandbox in the right order.
    detached: true,
    stdio: [options.detached ? 'ignore' : 'pipe', 'pipe', log.fd],
  })
  await log.close()
  const running = await new Promise<Running>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => {
      lastLine(logFile(options.data)).then(
        said =>
          reject(
            new ExpectedError({
              code: 'failed',
              message: `The sandbox could not start (exit code ${code}): ${said}`,
              hint: `Its log is ${logFile(options.data)}.`,
              retryable: false,
            }),
          ),
        reject,
      )
    })
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', line => {
        const notice = noticeOf(line)
        if (notice) options.onEvent([notice.title, notice.detail].filter(Boolean).join('. '), notice.state)
        else resolve(JSON.parse(line) as Running)
      })
  })
  if (options.detached) child.stdout?.destroy()
  return { child, running }
}
