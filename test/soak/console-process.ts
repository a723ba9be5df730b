import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { servicesOf } from '../../shared/features/services.ts'
import { connect } from '../../shared/rpc/connect.ts'
import type { DownFrame, Link, UpFrame } from '../../shared/rpc/contract.ts'
import { parseDownFrame } from '../../shared/rpc/down-frame.ts'
import { Unreachable } from './outage.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/sluice.mjs', import.meta.url))
const START_MS = 120_000
const KEPT_CHARACTERS = 20_000

/** A `sluice web` of its own, as a user would have it in a terminal. */
export interface ConsoleProcess {
  pid: number
  isAlive(): boolean
  /** The end of what it wrote on stderr. */
  said(): string
  openPage(): Promise<Page>
  kill(): Promise<void>
  /** Ctrl-C; gives its exit code. */
  stop(): Promise<number | null>
}

/** A page's link to a console, with the services behind it. */
export interface Page {
  services: ReturnType<typeof servicesOf>
  isOpen(): boolean
  /** Gone without a word, as a browser that was killed. */
  leave(): void
}

const children = new Set<ChildProcess>()
// They lead groups of their own, so that Ctrl-C reaches the soak alone; with it they must end.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts `sluice` in a group of its own. */
export function startProgram(args: string[]): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** Starts a console on a data folder, and waits until it prints its address. */
export async function startConsole(data: string): Promise<ConsoleProcess> {
  const child = startProgram(['web', '--data', data])
  let said = ''
  let printed = ''
  const ended = once(child, 'exit')
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_CHARACTERS)
  })
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`a console printed no address:\n${said}`)), START_MS)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-KEPT_CHARACTERS)
      const address = /http:\/\/\S+/.exec(printed)?.[0]
      if (address) resolve(address)
    })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`a console ended at its start with exit code ${code}:\n${said}`)))
    child.once('exit', () => clearTimeout(timer))
  })
  const reply = await fetch(url, { redirect: 'manual' })
  const cookie = reply.headers
    .getSetCookie()
    .flatMap(entry => entry.split(';')[0] ?? [])
    .join('; ')
  const { origin } = new URL(url)
  const isAlive = () => child.exitCode === null && child.signalCode === null
  const endWith = async (signal: NodeJS.Signals) => {
    if (isAlive()) child.kill(signal)
    await ended
    return child.exitCode
  }
  return {
    pid: child.pid ?? 0,
    isAlive,
    said: () => said,
    openPage: () => openPage(origin, cookie),
    kill: async () => void (await endWith('SIGKILL')),
    stop: () => endWith('SIGINT'),
  }
}

async function openPage(origin: string, cookie: string): Promise<Page> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/link`, {
    headers: { origin, cookie },
    handshakeTimeout: 10_000,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', error => reject(new Unreachable(`no link to the console at ${origin}: ${error.message}`)))
  })
  socket.on('error', () => socket.terminate())
  const link: Link<UpFrame, DownFrame> = {
    send: frame => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
    },
    onFrame: listener =>
      void socket.on('message', text => {
        const frame = parseDownFrame(JSON.parse(String(text)))
        if (!frame) throw new Error(`the console sent what is no frame: ${String(text).slice(0, 200)}`)
        listener(frame)
      }),
    onClose: listener => void socket.once('close', listener),
    close: () => socket.terminate(),
  }
  const services = servicesOf(connect(link))
  return { services, isOpen: () => socket.readyState === socket.OPEN, leave: () => socket.terminate() }
}
