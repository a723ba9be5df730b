import { once } from 'node:events'
import { addSpecFolders } from '../core-access/add-folders.ts'
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
  /** Folders of specs. */
  pipelines: string[]
  limits: boolean
}

/** Serves the console on loopback until Ctrl-C, with the folder's core behind it, and prints the address. */
export async function runWeb(options: WebCommandOptions): Promise<number> {
  const { limits, anyKey, checkSignatures, pipelines, port = 0 } = options
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
        pipelines,
        mayOpen,
        log,
      }),
    say: log,
  })
  await addSpecFolders(access, pipelines).catch(closing(access))
  const howToGetIn = newAddressHelp(process.stdin.isTTY, process)
  const folder = projectPath('dist/renderer')
  const server = await serveWeb({ folder, port, howToGetIn, onLink: access.link, log }).catch(closing(access))
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

/** For a failure after core was opened: it is closed first. */
const closing =
  (access: { close(): Promise<void> }) =>
  async (error: unknown): Promise<never> => {
    await access.close()
    throw error
  }
