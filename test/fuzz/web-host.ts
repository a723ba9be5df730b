import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { DownFrame } from '../../shared/rpc/contract.ts'
import { startSluice, temporaryFolder } from '../fixture/sluice.ts'

/** A real `sluice web` on a folder of its own, and what lets a page in. */
export interface WebHost {
  host: string
  headers: { origin: string; cookie: string }
  /** Why it is gone; undefined while it lives. */
  death(): string | undefined
  /** Waits until it is known whether it died, where a connection was refused. */
  diedOrNot(): Promise<void>
  open(): Promise<WebSocket>
  close(): Promise<void>
}

/** @throws Error when it does not start */
export async function startWebHost(): Promise<WebHost> {
  const folder = await temporaryFolder()
  // No profile of this machine is a target.
  const environment = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }
  const program = startSluice(['web', '--data', folder.path], environment)
  const url = /http:\S+/.exec(await program.prints('Ctrl-C stops it.'))?.[0] ?? ''
  const { host, origin } = new URL(url)
  const reply = await fetch(url, { redirect: 'manual' })
  const headers = { origin, cookie: reply.headers.get('set-cookie')?.split(';')[0] ?? '' }
  let death: string | undefined
  program.finished.then(
    ({ exitCode, signal, stderr }) => {
      death = `it ended (${signal ?? `exit code ${exitCode}`}): ${stderr.slice(-2_000)}`
    },
    error => {
      death = String(error)
    },
  )
  return {
    host,
    headers,
    death: () => death,
    diedOrNot: async () => void (await Promise.race([program.finished, setTimeout(2_000)])),
    async open() {
      const socket = new WebSocket(`ws://${host}/link`, { headers, maxPayload: 2 ** 29 })
      await once(socket, 'open')
      return socket
    },
    async close() {
      program.child.kill('SIGTERM')
      await program.finished
      await folder.remove()
    },
  }
}

export const downFrame = (data: unknown): DownFrame => JSON.parse(String(data)) as DownFrame
