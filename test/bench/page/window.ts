import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { findElectron } from '../../../electron/hosts/find-electron.ts'
import { connectToPage, type Debugger } from './debugger.ts'
import type { Display } from './display.ts'

/** The console's program, as it was built. */
export const CONSOLE = fileURLToPath(new URL('../../../dist/electron/main.mjs', import.meta.url))

/** A window of the console that runs, started as a user's click would start it: no driver stands between. */
export interface Window {
  /** When its first process was made, epoch ms. */
  startedMs: number
  pid: number
  /** The debugger of its page. The caller closes it: what is measured of the whole program is measured without one. */
  connect(): Promise<Debugger>
  close(): Promise<void>
}

interface WindowOptions {
  display: Display
  /**
   * The console's data folder; the profile of Chromium (caches, storage) is in it, where the console itself keeps it.
   */
  data: string
  /** The program that Electron runs. */
  program?: string
}

const LONGEST_END_MS = 15_000
const nowMs = () => performance.timeOrigin + performance.now()

export function openWindow({ display, data, program = CONSOLE }: WindowOptions): Window {
  const electron = findElectron(process.env)
  if (!electron) throw new Error('There is no Electron: run "node scripts/ensure-electron.ts"')
  if (!existsSync(program)) throw new Error('There is no built console: run "npm run build"')
  // As root Chromium's own sandbox cannot be set up.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const profile = join(data, 'window')
  const args = [...asRoot, '--remote-debugging-port=0', `--user-data-dir=${profile}`, program, `--data=${data}`]
  const environment = { ...process.env, DISPLAY: display.name }
  const startedMs = nowMs()
  const child = spawn(electron, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
  const port = debuggerPort(child)
  return {
    startedMs,
    pid: child.pid ?? 0,
    connect: async () => connectToPage(await port),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), LONGEST_END_MS)
      await ended
      clearTimeout(killer)
    },
  }
}

/**
 * Electron says on stderr where its debugger listens; what else it says there is kept for the case that it ends before.
 */
function debuggerPort(child: ChildProcess): Promise<number> {
  const port = new Promise<number>((resolve, reject) => {
    let said = ''
    let found = false
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (found) return
      said += text
      const [, number] = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said) ?? []
      if (number) resolve(Number(number))
      found = number !== undefined
    })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`The window ended with ${code} before it opened:\n${said}`)))
  })
  // Whoever never connects does not care why it could not.
  port.catch(() => undefined)
  return port
}
