import { type UtilityProcess, utilityProcess } from 'electron'
import { withoutNodeSwitches } from '../child-environment.ts'
import { lastLines } from '../log-end.ts'
import type { Child, Ending } from '../supervisor.ts'

/** What is kept of core's log for the window, in characters. */
const LOG_CHARACTERS = 16 * 1024
const ANSWERS_WITHIN_MS = 5_000

interface ForkedCore {
  process: UtilityProcess
  child: Child<true>
}

/** Starts core's process, and gives it the key of the keychain (base64). */
export function forkCore(options: {
  program: string
  args: string[]
  key: string | undefined
  onReady: () => void
  onEnd: () => void
  /** Core gave an address to a page. */
  onMayOpen: (url: string) => void
  /** Core says that it must not run. */
  onRefused: (why: string) => void
}): ForkedCore {
  const started = utilityProcess.fork(options.program, options.args, {
    serviceName: 'Sluice core',
    stdio: ['ignore', 'inherit', 'pipe'],
    env: withoutNodeSwitches(process.env),
  })
  let log = ''
  started.stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk)
    log = (log + chunk.toString('utf8')).slice(-LOG_CHARACTERS)
  })
  const ended = new Promise<Ending>(resolve =>
    started.once('exit', code => {
      options.onEnd()
      resolve({ code, signal: null })
    }),
  )
  const answered = new Set<() => void>()
  const isReady = new Promise<true>(resolve => {
    started.on('message', message => {
      if (typeof message?.refused === 'string') options.onRefused(message.refused)
      if (typeof message?.mayOpen === 'string') options.onMayOpen(message.mayOpen)
      if (message === 'pong') for (const onAnswer of answered) onAnswer()
      if (message !== 'ready') return
      options.onReady()
      resolve(true)
    })
  })
  started.postMessage({ key: options.key })
  return {
    process: started,
    child: {
      ready: isReady,
      ended,
      answers: () => answersInTime(started, answered),
      kill(signal) {
        if (signal === 'SIGTERM') started.postMessage('end')
        // Electron's own kill is a SIGTERM, which a process that is stopped does not hear.
        else if (started.pid !== undefined) process.kill(started.pid, signal)
      },
      release: () => undefined,
      logEnd: async () => lastLines(log),
    },
  }
}

/** Sends a ping; whether its pong comes within `ANSWERS_WITHIN_MS`. */
const answersInTime = (started: UtilityProcess, answered: Set<() => void>): Promise<boolean> =>
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
  })
