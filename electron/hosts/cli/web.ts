import { once } from 'node:events'
import { openCoreAccess } from '../core-access/core-access.ts'
import { openCoreOnSandbox } from '../core-on-sandbox.ts'
import { dataFolder } from '../data-folder.ts'
import { endAtOnceOnSecondSignal } from '../ending.ts'
import { refuseBlockedPort } from '../port-refusal.ts'
import { projectPath } from '../project.ts'
import { sayWhatDoesNotApply } from '../sandbox/other-options.ts'
import type { AccessOptions } from '../sandbox/supervise.ts'
import { newAddressHelp, offerNewAddress } from '../web/new-address.ts'
import { serveWeb } from '../web/serve-web.ts'

export interface WebCommandOptions extends AccessOptions {
  port?: number
  data?: string
  limits: boolean
}

/** Serves the console on loopback until Ctrl-C, with the folder's core behind it, and prints the address. */
export async function runWeb(options: WebCommandOptions): Promise<number> {
  const { limits, anyKey, checkSignatures, port = 0 } = options
  refuseBlockedPort(port)
  const data = dataFolder(options.data, process.env, process.platform)
  const log = (text: string) => void process.stderr.write(`${text}\n`)
  const access = await openCoreAccess({
    data,
    kind: 'web',
    title: 'sluice web',
    openOwn: mayOpen =>
      openCoreOnSandbox({
        data,
        sandbox: { limits, anyKey, checkSignatures, detached: false },
        keepHistory: true,
        mayOpen,
        log,
      }),
    say: log,
  })
  const howToGetIn = newAddressHelp(process.stdin.isTTY, process)
  const folder = projectPath('dist/renderer')
  const server = await serveWeb({ folder, port, howToGetIn, onLink: access.link, log }).catch(async error => {
    await access.close()
    throw error
  })
  if (access.joined()) await sayWhatDoesNotApply(data, { limits, anyKey, checkSignatures }, log)
  await access.setAddress(new URL('/', server.url).href)
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  print(`The console is at ${server.url}`)
  print(`The address lets one browser in, once. ${howToGetIn}`)
  print(process.stdin.isTTY ? 'Ctrl-C stops it.' : `Ctrl-C stops it. Without a terminal: kill ${process.pid}`)
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
