import { once } from 'node:events'
import { openCoreAccess } from '../core-access/core-access.ts'
import { openCoreOnSandbox } from '../core-on-sandbox.ts'
import { dataFolder } from '../data-folder.ts'
import { endAtOnceOnSecondSignal } from '../ending.ts'
import { projectPath } from '../project.ts'
import type { AccessOptions } from '../sandbox/supervise.ts'
import { offerNewAddress } from '../web/new-address.ts'
import { serveWeb } from '../web/serve-web.ts'

export interface WebCommandOptions extends AccessOptions {
  port?: number
  data?: string
  limits: boolean
}

/** Serves the console on loopback until Ctrl-C, with the folder's core behind it, and prints the address. */
export async function runWeb(options: WebCommandOptions): Promise<number> {
  const { limits, anyKey, checkSignatures } = options
  const data = dataFolder(options.data, process.env, process.platform)
  const log = (text: string) => void process.stderr.write(`${text}\n`)
  const access = await openCoreAccess({
    data,
    kind: 'web',
    title: 'sluice web',
    openOwn: mayOpen =>
      openCoreOnSandbox({ data, sandbox: { limits, anyKey, checkSignatures, detached: false }, keepHistory: true, mayOpen, log }),
    say: log,
  })
  const server = await serveWeb({ folder: projectPath('dist/renderer'), port: options.port ?? 0, onLink: access.link, log })
  await access.setAddress(new URL('/', server.url).href)
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  print(`The console is at ${server.url}`)
  print('The address lets one browser in, once; Enter prints another. Ctrl-C stops it.')
  const endOffer = offerNewAddress(server, process.stdin, print)
  const abort = new AbortController()
  await Promise.race(['SIGINT', 'SIGTERM'].map(signal => once(process, signal, { signal: abort.signal })))
  abort.abort()
  endOffer()
  endAtOnceOnSecondSignal()
  await server.close()
  await access.close()
  return 0
}
