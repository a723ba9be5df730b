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
const CHECK_EVERY_MS = 5_000
/** So many checks in a row without an answer, and it is called silent. */
const SILENT_CHECKS = 2
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
  const { name, time, endWithinMs = END_WITHIN_MS } = options
  const known = createKnownState(name, time, options.onState)
  const first = createFirstStart<T>()
  const ending = new AbortController()
  const leaving = new AbortController()
  let asked = new AbortController()
  let child: Child<T> | undefined
  let last: T | undefined
  const done = run()

  async function run(): Promise<void> {
    let attempts = 0
    while (!ending.signal.aborted && !leaving.signal.aborted) {
      known.set({ state: 'starting', attempts })
      const { livedMs, reason, log, how } = await oneLife()
      if (leaving.signal.aborted) return
      if (ending.signal.aborted || (options.endsWhenStopped && how.stopped && last !== undefined)) break
      options.onEnd?.(how)
      if (options.firstMustSucceed && last === undefined) {
        known.set({ state: 'failed', attempts: 1, reason, log })
        return first.reject(new ExpectedError({ code: 'failed', message: reason, retryable: true }))
      }
      attempts = livedMs > STABLE_MS ? 1 : attempts + 1
      const isRefused = options.refusedCode !== undefined && how.code === options.refusedCode
      asked = new AbortController()
      const wake = AbortSignal.any([asked.signal, ending.signal])
      await untilNextStart({ known, time, wake }, { attempts, isRefused, reason, log })
      if (asked.signal.aborted) attempts = 0
    }
    known.set({ state: 'ended', reason: null })
    const message = `The ${name} was ended before it was ready.`
    first.reject(new ExpectedError({ code: 'cancelled', message, retryable: true }))
  }

  /** From a start to the end of what was started. */
  async function oneLife(): Promise<Life> {
    let started: Child<T>
    try {
      started = await options.start(last)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { livedMs: 0, reason, log: [], how: { code: null, signal: null } }
    }
    child = started
    const ended = started.ended.then(value => ({ ended: value }))
    const onBroken = (error: unknown) => known.set({ reason: `It cannot be ended: ${String(error)}` })
    if (ending.signal.aborted) end(started).catch(onBroken)
    const over = new AbortController()
    started.ended.then(() => over.abort(), onBroken)
    const life = { started, isReady: false, isEnding: () => ending.signal.aborted }
    const watching = watchAnswers(life, { known, time }, AbortSignal.any([over.signal, leaving.signal]))
    let readyAtMs: number | undefined
    const earlier = await Promise.race([ended, started.ready.then(value => ({ ready: value }))])
    if ('ready' in earlier) {
      readyAtMs = time.monotonic()
      last = earlier.ready
      life.isReady = true
      first.resolve(earlier.ready)
      if (!ending.signal.aborted) known.set({ state: 'running', reason: null, log: [] })
    }
    const { ended: how } = await ended
    await watching
    child = undefined
    const log = await started.logEnd()
    const livedMs = readyAtMs === undefined ? 0 : time.monotonic() - readyAtMs
    return { livedMs, reason: reasonOf(how, log), log: shownLines(log), how }
  }

  const end = (started: Child<T>): Promise<void> =>
    endChild(started, known.now().state === 'silent' ? SILENT_END_WITHIN_MS : endWithinMs, time)

  return {
    ready: first.ready,
    state: known.now,
    retry() {
      asked.abort()
      if (known.now().state === 'silent') child?.kill('SIGKILL')
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

/** What was found of one start of a program, when it has ended. `livedMs`: since it was ready. */
interface Life {
  livedMs: number
  reason: string
  log: string[]
  how: Ending
}

/** What is known of the program; whoever listens gets each change. */
interface KnownState {
  now(): ProgramState
  set(change: Partial<ProgramState>): void
}

function createKnownState(
  name: ProgramState['name'],
  time: SupervisorTime,
  onState: (state: ProgramState) => void,
): KnownState {
  let state: ProgramState = {
    name,
    state: 'starting',
    since: iso(time.now()),
    attempts: 0,
    retryAt: null,
    reason: null,
    log: [],
  }
  return {
    now: () => state,
    set(change) {
      const isNew = change.state !== undefined && change.state !== state.state
      state = { ...state, ...(isNew && { since: iso(time.now()), retryAt: null }), ...change }
      onState(state)
    },
  }
}

/** The first start, settled once. */
function createFirstStart<T>() {
  let settle: { resolve: (value: T) => void; reject: (error: Error) => void } | undefined
  const ready = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  // Who does not wait for the first start learns of its failure by the state.
  ready.catch(() => undefined)
  return {
    ready,
    resolve: (value: T) => settle?.resolve(value),
    reject: (error: Error) => settle?.reject(error),
  }
}

/**
 * Notices a program that is there and does not answer: stopped, or busy with something that takes too long. It is left
 * alone.
 */
async function watchAnswers<T>(
  life: { started: Child<T>; isReady: boolean; isEnding: () => boolean },
  { known, time }: { known: KnownState; time: SupervisorTime },
  over: AbortSignal,
): Promise<void> {
  const { started } = life
  let misses = 0
  while (!over.aborted) {
    await time.wait(CHECK_EVERY_MS, over)
    if (over.aborted) return
    const answered = await Promise.race([started.answers(), started.ended.then(() => true)])
    if (over.aborted || life.isEnding()) return
    misses = answered ? 0 : misses + 1
    if (misses === SILENT_CHECKS)
      known.set({ state: 'silent', reason: SILENT, log: shownLines(await started.logEnd()) })
    else if (answered && known.now().state === 'silent')
      known.set({ state: life.isReady ? 'running' : 'starting', reason: null, log: [] })
  }
}

/** Waits before the next start, or until `wake`. */
async function untilNextStart(
  { known, time, wake }: { known: KnownState; time: SupervisorTime; wake: AbortSignal },
  failed: { attempts: number; isRefused: boolean; reason: string; log: string[] },
): Promise<void> {
  const { attempts, reason, log } = failed
  if (failed.isRefused || attempts >= MAX_ATTEMPTS) {
    known.set({ state: 'failed', attempts, reason, log })
    if (!wake.aborted)
      await new Promise<void>(resolve => wake.addEventListener('abort', () => resolve(), { once: true }))
  } else {
    const delayMs = backoffMs(attempts, time.random)
    known.set({ state: 'waiting', attempts, reason, log, retryAt: iso(time.now() + delayMs) })
    await time.wait(delayMs, wake)
  }
}

/** Asks a program to end, and kills it after `withinMs`. */
async function endChild<T>(started: Child<T>, withinMs: number, time: SupervisorTime): Promise<void> {
  const gone = new AbortController()
  const ended = started.ended.then(() => gone.abort())
  started.kill('SIGTERM')
  await time.wait(withinMs, gone.signal)
  if (gone.signal.aborted) return ended
  started.kill('SIGKILL')
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
