import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProgramState } from '../../../shared/features/programs.ts'
import type { Notice } from '../../../shared/state/damage.ts'
import { childEnvironment } from '../child-environment.ts'
import { openDataFolder, sandboxFolder } from '../data-folder.ts'
import { stateOfProcess } from '../lock/process-mark.ts'
import { logEnd } from '../log-end.ts'
import { nodePath, preloadFlags, programPath } from '../project.ts'
import {
  type Child,
  type Ending,
  exitCodeText,
  MAX_ATTEMPTS,
  processTime,
  type Supervised,
  supervise,
} from '../supervisor.ts'
import { REFUSED_TO_START } from './exit-codes.ts'
import { noticeOf } from './notice-lines.ts'
import { doesNotApply, withSpark } from './other-options.ts'
import { answers, findSandbox, lastSandbox, liveSandbox, parseRunning, type Running, writeRunning } from './running.ts'

export interface SupervisedSandbox {
  endpoint: string
  /** False when it was there before: then it is neither restarted nor stopped from here. */
  startedHere: boolean
  limits: boolean
  /** Stops it, if it was started here, and waits for its end. */
  stop(): Promise<void>
  /** Lets it live on when this process ends. */
  release(): void
  /** What is known of its process; undefined when it was there before. */
  program?: Pick<Supervised<Running>, 'state' | 'retry'>
}

/** Whose requests the sandbox answers; its own key's, unless said otherwise. */
export interface AccessOptions {
  anyKey: boolean
  checkSignatures: boolean
}

export interface SuperviseOptions extends AccessOptions {
  data: string
  port?: number
  limits: boolean
  /** A sandbox that is to live on after this process; else it ends with it, whatever ends it. */
  detached: boolean
  /** Whether this ends, too, when somebody else stops the sandbox; else the sandbox is started again. */
  endsWhenStopped?: boolean
  /**
   * Called for what happens to it, with a line for the log: `bad` while it is away, `good` when it is back, `info`
   * else.
   */
  onEvent: (text: string, state: Notice['state'], notice?: Partial<Omit<Notice, 'state'>>) => void
  /** Called with each state of its process. */
  onState?: (state: ProgramState) => void
}

/**
 * Uses the sandbox that runs on this data folder, or starts one as a process of its own and starts it again when it
 * dies.
 */
export async function superviseSandbox(options: SuperviseOptions): Promise<SupervisedSandbox> {
  const live = await liveSandbox(options.data)
  if (live) {
    options.onEvent(`using the sandbox at ${live.endpoint} that already runs on this data folder`, 'info')
    const other = doesNotApply(live, withSpark(options), options.data)
    if (other !== undefined) options.onEvent(other, 'info')
    return {
      endpoint: live.endpoint,
      startedHere: false,
      limits: live.limits,
      stop: async () => undefined,
      release: () => undefined,
    }
  }
  await openDataFolder(options.data)
  let endpoint = ''
  let ending: Ending | undefined
  const report = eventsOf({
    onEvent: options.onEvent,
    endpoint: () => endpoint,
    ending: () => ending,
    file: logFile(options.data),
  })
  const supervised = supervise<Running>({
    name: 'sandbox',
    firstMustSucceed: true,
    refusedCode: REFUSED_TO_START,
    endsWhenStopped: options.endsWhenStopped ?? false,
    onEnd: how => {
      ending = how
    },
    time: processTime,
    start: last => start(options, last?.port ?? options.port),
    onState(state) {
      report(state)
      options.onState?.(state)
    },
  })
  ;({ endpoint } = await supervised.ready)
  return {
    endpoint,
    startedHere: true,
    limits: options.limits,
    stop: supervised.stop,
    release: supervised.release,
    program: supervised,
  }
}

/** What its states are in words, for logs and for the history. */
export function eventsOf(of: {
  onEvent: SuperviseOptions['onEvent']
  endpoint: () => string
  ending: () => Ending | undefined
  file: string
}): (state: ProgramState) => void {
  const { onEvent, endpoint, ending, file } = of
  let before: ProgramState['state'] | undefined
  let wasAway = false
  return ({ state, attempts, reason }) => {
    if (state === 'waiting') onEvent(`the sandbox ${endText(ending(), reason)}; starting it again`, 'bad')
    else if (state === 'failed' && wasAway)
      onEvent(
        `the sandbox ${attempts < MAX_ATTEMPTS ? 'cannot start' : `ended ${attempts} times in a row`}, and is ` +
          `not started again by itself: ${reason} See ${file}`,
        'bad',
      )
    else if (state === 'silent' && before !== 'silent') onEvent('the sandbox is not responding', 'bad')
    // A start that reads much state back does not answer for a while: it is a restart all the same.
    else if (state === 'running' && wasAway)
      onEvent(`the sandbox was restarted at ${endpoint()}`, 'good', { detail: RESTARTED })
    else if (state === 'running' && before === 'silent') onEvent('the sandbox is responding again', 'good')
    wasAway ||= state === 'waiting'
    if (state === 'running') wasAway = false
    before = state
  }
}

const RESTARTED = 'Its streams, tables and objects were read back from disk; a step that was running was started again.'

/** How it ended, within a sentence: only what a signal ended has died. */
function endText(how: Ending | undefined, reason: string | null): string {
  if (how?.signal) return `died (${how.signal})`
  if (how === undefined || how.code === null) return `could not be started (${reason})`
  const said = reason === null || reason === exitCodeText(how.code) ? '' : ` (${reason})`
  return `ended with exit code ${how.code}${said}`
}

/**
 * Asks the sandbox on this data folder to stop, ends it when it does not, and waits until its process is gone. Whoever
 * supervises it learns that it was asked to. Returns how it ended; undefined when none runs.
 */
export async function stopSandbox(data: string): Promise<'ended' | 'killed' | undefined> {
  const found = await findSandbox(data)
  if (found.state === 'gone') return undefined
  const { running } = found
  writeRunning(data, { ...running, stopAsked: true })
  signal(running.pid, 'SIGTERM')
  const givenUpAtMs = performance.now() + (found.state === 'silent' ? SILENT_END_WITHIN_MS : END_WITHIN_MS)
  let end: 'ended' | 'killed' = 'ended'
  while ((await stateOfProcess(running.process)) !== 'gone') {
    // A process that is suspended or hangs does not hear a SIGTERM; its state survives a kill at any moment.
    if (performance.now() > givenUpAtMs) {
      end = 'killed'
      signal(running.pid, 'SIGKILL')
    }
    await delay(50)
  }
  return end
}

/** It may have ended by itself meanwhile. */
function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/**
 * A sandbox ends its steps and closes its files within this; after it, it is killed. One that does not answer would not
 * hear of it.
 */
const END_WITHIN_MS = 20_000
const SILENT_END_WITHIN_MS = 5_000

const logFile = (data: string): string => join(sandboxFolder(data), 'sandbox.log')

async function start(options: SuperviseOptions, port: number | undefined): Promise<Child<Running>> {
  const log = await open(logFile(options.data), 'a', 0o600)
  const { size } = await log.stat()
  const args = [
    ...preloadFlags(),
    programPath('sandbox'),
    '--data',
    options.data,
    '--limits',
    options.limits ? 'on' : 'off',
  ]
  if (port !== undefined) args.push('--port', String(port))
  if (options.anyKey) args.push('--any-key')
  if (options.checkSignatures) args.push('--check-signatures')
  if (!options.detached) args.push('--tied')
  const child = spawn(nodePath(), args, {
    // A group of its own: Ctrl-C at the terminal reaches this process, which then ends the sandbox in the right order.
    detached: true,
    stdio: [options.detached ? 'ignore' : 'pipe', 'pipe', log.fd],
    env: childEnvironment('sandbox', process.env),
    windowsHide: true,
  })
  const ended = new Promise<Ending>(resolve => child.once('exit', (code, signal) => resolve({ code, signal }))).then(
    async how => ({ ...how, stopped: how.code === 0 || (await wasStopped(options.data, child.pid)) }),
  )
  const started = once(child, 'spawn')
  await log.close()
  await started
  child.on('error', error => options.onEvent(`the sandbox: ${error.message}`, 'info'))
  let endpoint: string | undefined
  const ready = saysRunning(child, options.onEvent).then(running => {
    endpoint = running.endpoint
    // It may live on without this process: nobody would read it then.
    if (options.detached) child.stdout?.destroy()
    return running
  })
  return {
    ready,
    ended,
    answers: async () => endpoint !== undefined && (await answers(endpoint)),
    kill: signal => void child.kill(signal),
    release: () => child.unref(),
    logEnd: () => logEnd(logFile(options.data), size),
  }
}

/** Whether `sluice stop` ended this process, also one that had to be killed for it. */
async function wasStopped(data: string, pid: number | undefined): Promise<boolean> {
  const last = await lastSandbox(data)
  return last?.pid === pid && last?.stopAsked === true
}

/** The one line that it prints when it is ready; notices for its user may come before and after it. */
const saysRunning = (child: ChildProcess, onEvent: SuperviseOptions['onEvent']): Promise<Running> =>
  new Promise(resolve => {
    if (!child.stdout) return
    createInterface({ input: child.stdout }).on('line', line => {
      const notice = noticeOf(line)
      if (notice) return onEvent([notice.title, notice.detail].filter(Boolean).join('. '), notice.state, notice)
      const running = parseRunning(line)
      if (running) resolve(running)
    })
  })
