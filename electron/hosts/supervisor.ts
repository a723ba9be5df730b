import type { ProgramState } from '../../shared/features/programs.ts'
import { ExpectedError } from '../../shared/rpc/contract.ts'
import { shownLines } from './log-end.ts'

/** How a program ended. */
export interface Ending {
  code: number | null
  signal: string | null
  /** Somebody else asked it to end. */
  stopped?: boolean
}

/** A program that was started. */
export interface Child<T> {
  /** What it says when it does its work; pending for ever when it ends before. */
  ready: Promise<T>
  ended: Promise<Ending>
  /** Whether it answers now; it is never rejected. */
  answers(): Promise<boolean>
  /** Asks it to end (`SIGTERM`), or ends it. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
  /** Lets it live on when this process ends. */
  release(): void
  /** The last lines of its log since this start. */
  logEnd(): Promise<string[]>
}

export interface SupervisorOptions<T> {
  name: ProgramState['name']
  /** Starts it; again with what it said when it was ready the last time. Throwing counts as an end. */
  start(last: T | undefined): Promise<Child<T>>
  onState(state: ProgramState): void
  /** Whether the first start must succeed: then its failure rejects `ready`, and it is not tried again. */
  firstMustSucceed: boolean
  time: SupervisorTime
  /** The exit code that says that another start would end alike: it is not tried again until somebody asks. */
  refusedCode?: number
  /** Whether what somebody else stopped is not started again. */
  endsWhenStopped?: boolean
  /** How it ended, before the state that follows from it. */
  onEnd?(how: Ending): void
  /** What was asked to end is ended after this. */
  endWithinMs?: number
}

export interface SupervisorTime {
  /** Epoch, for what is shown. */
  now(): number
  /** Monotonic, for what is measured. */
  monotonic(): number
  /** Waits, no longer than until the signal. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Uniform in [0, 1). */
  random(): number
}

export interface Supervised<T> {
  /**
   * What it said when it was ready for the first time. @throws ExpectedError with the reason, where the first start
   * must succeed
   */
  ready: Promise<T>
  state(): ProgramState
  /** Starts it now, if it waits, failed or does not answer; one that does not answer is killed for it. */
  retry(): void
  /** Asks it to end, ends it if it does not, and waits for that: bounded in every state. */
  stop(): Promise<void>
  /** Leaves it alone from now on. */
  release(): void
}

/** So many starts in a row that did not last, and it is given up until somebody asks again. */
export const MAX_ATTEMPTS = 8
/** What ran so long has lasted: its end is the first one again. */
export const STABLE_MS = 10_000
const FIRST_BACKOFF_MS = 200
const LONGEST_BACKOFF_MS = 10_000
const LOOK_EVERY_MS = 5_000
/** So many looks in a row without an answer, and it is called silent. */
const SILENT_LOOKS = 2
/** What was asked to end is ended after this; what is silent would not even hear it. */
const END_WITHIN_MS = 6_000
const SILENT_END_WITHIN_MS = 2_000
/**
 * A program that hung on to a resource after SIGKILL (a disk that does not answer) must not keep this one from ending.
 */
const KILLED_WITHIN_MS = 2_000

/**
 * A wait before the next start: it doubles, and is drawn so that programs which ended together do not come back
 * together.
 */
export const backoffMs = (attempts: number, random: () => number): number =>
  Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1)) * (0.5 + random() / 2)

/** Keeps a program running: starts it again when it ends, later each time, and says what it knows of it. */
export function supervise<T>(options: SupervisorOptions<T>): Supervised<T> {
  const { name, time, onState, endWithinMs = END_WITHIN_MS } = options
  const ending = new AbortController()
  const leaving = new AbortController()
  let asked = new AbortController()
  let child: Child<T> | undefined
  let last: T | undefined
  let isReady = false
  let state: ProgramState = {
    name,
    state: 'starting',
    since: iso(time.now()),
    attempts: 0,
    retryAt: null,
    reason: null,
    log: [],
  }
  const set = (change: Partial<ProgramState>) => {
    const isNew = change.state !== undefined && change.state !== state.state
    state = { ...state, ...(isNew && { since: iso(time.now()), retryAt: null }), ...change }
    onState(state)
  }

  let settleFirst: { resolve: (value: T) => void; reject: (error: Error) => void }
  const ready = new Promise<T>((resolve, reject) => {
    settleFirst = { resolve, reject }
  })
  // Who does not wait for the first start learns of its failure by the state.
  ready.catch(() => undefined)
  const done = run()

  async function run(): Promise<void> {
    let attempts = 0
    while (!ending.signal.aborted && !leaving.signal.aborted) {
      set({ state: 'starting', attempts })
      const { livedMs, reason, log, how } = await oneLife()
      if (leaving.signal.aborted) return
      if (ending.signal.aborted || (options.endsWhenStopped && how.stopped && last !== undefined)) break
      options.onEnd?.(how)
      if (options.firstMustSucceed && last === undefined) {
        set({ state: 'failed', attempts: 1, reason, log })
        return settleFirst.reject(new ExpectedError({ code: 'failed', message: reason, retryable: true }))
      }
      attempts = livedMs > STABLE_MS ? 1 : attempts + 1
      const isRefused = options.refusedCode !== undefined && how.code === options.refusedCode
      const retry = await untilNextStart({ attempts, isRefused }, reason, log)
      if (retry === 'asked') attempts = 0
    }
    set({ state: 'ended', reason: null })
    const message = `The ${name} was ended before it was ready.`
    settleFirst.reject(new ExpectedError({ code: 'cancelled', message, retryable: true }))
  }

  /** From a start to the end of what was started. */
  async function oneLife(): Promise<{ livedMs: number; reason: string; log: string[]; how: Ending }> {
    let started: Child<T>
    try {
      started = await options.start(last)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { livedMs: 0, reason, log: [], how: { code: null, signal: null } }
    }
    child = started
    const ended = started.ended.then(value => ({ ended: value }))
    const onBroken = (error: unknown) => set({ reason: `It cannot be ended: ${String(error)}` })
    if (ending.signal.aborted) end(started).catch(onBroken)
    const over = new AbortController()
    started.ended.then(() => over.abort(), onBroken)
    const looking = look(started, AbortSignal.any([over.signal, leaving.signal]))
    let readyAtMs: number | undefined
    isReady = false
    const first = await Promise.race([ended, started.ready.then(value => ({ ready: value }))])
    if ('ready' in first) {
      readyAtMs = time.monotonic()
      last = first.ready
      isReady = true
      settleFirst.resolve(first.ready)
      if (!ending.signal.aborted) set({ state: 'running', reason: null, log: [] })
    }
    const { ended: how } = await ended
    await looking
    child = undefined
    const log = await started.logEnd()
    const livedMs = readyAtMs === undefined ? 0 : time.monotonic() - readyAtMs
    return { livedMs, reason: reasonOf(how, log), log: shownLines(log), how }
  }

  /**
   * Notices a program that is there and does not answer: stopped, or busy with something that takes too long. It is
   * left alone.
   */
  async function look(started: Child<T>, over: AbortSignal): Promise<void> {
    let misses = 0
    while (!over.aborted) {
      await time.wait(LOOK_EVERY_MS, over)
      if (over.aborted) return
      const answered = await Promise.race([started.answers(), started.ended.then(() => true)])
      if (over.aborted || ending.signal.aborted) return
      misses = answered ? 0 : misses + 1
      if (misses === SILENT_LOOKS) set({ state: 'silent', reason: SILENT, log: shownLines(await started.logEnd()) })
      else if (answered && state.state === 'silent')
        set({ state: isReady ? 'running' : 'starting', reason: null, log: [] })
    }
  }

  /** Waits before the next start, or until somebody asks for it. */
  async function untilNextStart(
    { attempts, isRefused }: { attempts: number; isRefused: boolean },
    reason: string,
    log: string[],
  ): Promise<'due' | 'asked'> {
    asked = new AbortController()
    const wake = AbortSignal.any([asked.signal, ending.signal])
    if (isRefused || attempts >= MAX_ATTEMPTS) {
      set({ state: 'failed', attempts, reason, log })
      if (!wake.aborted)
        await new Promise<void>(resolve => wake.addEventListener('abort', () => resolve(), { once: true }))
    } else {
      const delayMs = backoffMs(attempts, time.random)
      set({ state: 'waiting', attempts, reason, log, retryAt: iso(time.now() + delayMs) })
      await time.wait(delayMs, wake)
    }
    return asked.signal.aborted ? 'asked' : 'due'
  }

  async function end(started: Child<T>): Promise<void> {
    const gone = new AbortController()
    const ended = started.ended.then(() => gone.abort())
    started.kill('SIGTERM')
    await time.wait(state.state === 'silent' ? SILENT_END_WITHIN_MS : endWithinMs, gone.signal)
    if (gone.signal.aborted) return ended
    started.kill('SIGKILL')
  }

  return {
    ready,
    state: () => state,
    retry() {
      asked.abort()
      if (state.state === 'silent') child?.kill('SIGKILL')
    },
    async stop() {
      if (leaving.signal.aborted) return
      ending.abort()
      if (child) await end(child)
      const over = new AbortController()
      await Promise.race([done, time.wait(child ? KILLED_WITHIN_MS : endWithinMs + KILLED_WITHIN_MS, over.signal)])
      over.abort()
    },
    release() {
      leaving.abort()
      asked.abort()
      child?.release()
    },
  }
}

const SILENT = 'Its process is alive but is not responding: it is stopped, or busy with a long operation.'
const iso = (ms: number): string => new Date(ms).toISOString()

/** Lines of a log that say where a program was, and not what happened to it. */
const NO_REASON = /^\s*(at |\^|Node\.js v|node:|\}|\{|$)|^\s+|^file:/
/** Time stamps that a log line begins with. */
const STAMP = /^\d{4}-\d\d-\d\dT[\d:.]+Z /

/** What ended a program: its own last words where it ended by itself, else what ended it. */
export function reasonOf({ code, signal }: Ending, log: readonly string[]): string {
  if (signal !== null) return `It was ended by ${signal}.`
  const words = log.map(line => line.replace(STAMP, '')).filter(line => !NO_REASON.test(line))
  const said = words.findLast(line => /\berror\b|Error:/i.test(line)) ?? words.at(-1)
  return code === 0 || said === undefined ? exitCodeText(code) : said
}

export const exitCodeText = (code: number | null): string => `It ended with exit code ${code}.`

/** Time as this process has it. */
export const processTime: SupervisorTime = {
  now: Date.now,
  monotonic: () => performance.now(),
  wait: (ms, signal) =>
    new Promise(resolve => {
      const over = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', over)
        resolve()
      }
      const timer = setTimeout(over, ms)
      signal.addEventListener('abort', over)
      if (signal.aborted) over()
    }),
  random: Math.random,
}
