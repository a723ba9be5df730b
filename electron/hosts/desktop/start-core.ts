import { MessageChannelMain, type UtilityProcess, utilityProcess, type WebContents } from 'electron'
import type { ProgramState } from '../../../shared/features/programs.ts'
import { withoutNodeSwitches } from '../child-environment.ts'
import { lastLines } from '../log-end.ts'
import { type Child, type Ending, processTime, supervise } from '../supervisor.ts'
import { createOpenable } from './openable.ts'

/** Core as a child of the window's program. */
export interface CoreProcess {
  /** Joins a page and core by a port of their own; again when the page asks again. */
  link(page: WebContents): void
  /** Whether core gave a page this very address, to be opened in the user's browser. */
  mayOpen(url: string): boolean
  /** Starts it now, when it waits to be started again, was given up, or does not answer. */
  retry(): void
  /** Ends it and its sandbox, and waits for that; it is bounded. */
  end(): Promise<void>
}

/** What is kept of core's log for the window, in characters. */
const LOG_CHARACTERS = 16 * 1024
const ANSWERS_WITHIN_MS = 5_000
/** Core closes within 5 s and its sandbox ends within 8 s more, at most. */
const END_WITHIN_MS = 15_000

/**
 * Starts core with the key of the keychain (base64), and again when it dies: its pages lose their ports then and ask
 * for new ones. They are told what is known of it all the while, for core cannot say so itself.
 */
export function startCore(
  program: string,
  args: string[],
  key: string | undefined,
  /** Called when core says that it must not run. */
  onRefused: (why: string) => void,
): CoreProcess {
  let waiting: WebContents[] = []
  const pages = new Set<WebContents>()
  const joined = new Set<WebContents>()
  const openable = createOpenable()
  let child: UtilityProcess | undefined
  let ready = false

  const supervised = supervise<true>({
    name: 'core',
    firstMustSucceed: false,
    time: processTime,
    endWithinMs: END_WITHIN_MS,
    start: async () => start(),
    onState: state => {
      for (const page of pages) tell(page, state)
    },
  })

  function start(): Child<true> {
    const started = utilityProcess.fork(program, args, {
      serviceName: 'Sluice core',
      stdio: ['ignore', 'inherit', 'pipe'],
      env: withoutNodeSwitches(process.env),
    })
    child = started
    let log = ''
    started.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk)
      log = (log + chunk.toString('utf8')).slice(-LOG_CHARACTERS)
    })
    const ended = new Promise<Ending>(resolve =>
      started.once('exit', code => {
        ready = false
        openable.forget()
        // A port does not tell its page that the process behind it is gone.
        for (const page of joined) if (!page.isDestroyed()) page.send('core-ended')
        joined.clear()
        resolve({ code, signal: null })
      }),
    )
    const answered = new Set<() => void>()
    const isReady = new Promise<true>(resolve => {
      started.on('message', message => {
        if (typeof message?.refused === 'string') onRefused(message.refused)
        if (typeof message?.mayOpen === 'string') openable.add(message.mayOpen)
        if (message === 'pong') for (const tellAnswered of answered) tellAnswered()
        if (message !== 'ready') return
        ready = true
        for (const page of waiting.splice(0)) join(page)
        resolve(true)
      })
    })
    started.postMessage({ key })
    return {
      ready: isReady,
      ended,
      answers: () =>
        new Promise(resolve => {
          const settle = (value: boolean) => {
            clearTimeout(timer)
            answered.delete(onAnswer)
            resolve(value)
          }
          const onAnswer = () => settle(true)
          const timer = setTimeout(() => settle(false), ANSWERS_WITHIN_MS)
          answered.add(onAnswer)
          started.postMessage('ping')
        }),
      kill(signal) {
        if (signal === 'SIGTERM') started.postMessage('end')
        // Electron's own kill is a SIGTERM, which a process that is stopped does not hear.
        else if (started.pid !== undefined) process.kill(started.pid, signal)
      },
      release: () => undefined,
      logEnd: async () => lastLines(log),
    }
  }

  function join(page: WebContents): void {
    if (page.isDestroyed() || !child) return
    const { port1, port2 } = new MessageChannelMain()
    child.postMessage('link', [port1])
    page.postMessage('link', null, [port2])
    joined.add(page)
  }

  function tell(page: WebContents, state: ProgramState): void {
    if (page.isDestroyed()) pages.delete(page)
    else page.send('core-state', state)
  }

  return {
    link(page) {
      pages.add(page)
      if (ready) return join(page)
      waiting = [...waiting.filter(other => other !== page), page]
      // It gets no port yet, and this is why.
      tell(page, supervised.state())
    },
    mayOpen: openable.has,
    retry: supervised.retry,
    end: supervised.stop,
  }
}
