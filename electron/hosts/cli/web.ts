import { once } from 'node:events'
import { serve } from '../../../shared/rpc/serve.ts'
import { toAppError } from '../../core/aws/expected-error.ts'
import { type OwnCore, openCoreAccess } from '../core-access/core-access.ts'
import { dataFolder } from '../data-folder.ts'
import { closeWithin, endAtOnceOnSecondSignal } from '../ending.ts'
import { openCore } from '../open-core.ts'
import { projectPath } from '../project.ts'
import { type AccessOptions, superviseSandbox } from '../sandbox/supervise.ts'
import { offerNewAddress } from '../web/new-address.ts'
import { serveWeb } from '../web/serve-web.ts'

export interface WebCommandOptions extends AccessOptions {
  port?: number
  data?: string
  limits: boolean
}

/** Serves the console on loopback until Ctrl-C, with the folder's core behind it, and prints the address. */
export async function runWeb(options: WebCommandOptions): Promise<number> {
  const data = dataFolder(options.data, process.env, process.platform)
  const log = (text: string) => void process.stderr.write(`${text}\n`)
  const access = await openCoreAccess({
    data,
    kind: 'web',
    title: 'sluice web',
    openOwn: mayOpen => openHere(data, options, { log, mayOpen }),
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

/** Core in this process, on the folder's sandbox. */
async function openHere(
  data: string,
  options: WebCommandOptions,
  { log, mayOpen }: { log: (text: string) => void; mayOpen: (url: string) => void },
): Promise<OwnCore> {
  let core: Awaited<ReturnType<typeof openCore>> | undefined
  const sandbox = await superviseSandbox({
    data,
    limits: options.limits,
    anyKey: options.anyKey,
    checkSignatures: options.checkSignatures,
    detached: false,
    onEvent(text, state) {
      log(text)
      core?.tell('sandbox', { kind: 'sandbox', state, title: text.replace(/^t/, 'T') })
    },
    onState: () => core?.programsChanged(),
  })
  const opened = await openCore({ data, endpoint: sandbox.endpoint, keepHistory: true, mayOpen, sandbox })
  core = opened
  return {
    serve: link => serve(opened.services, link, toAppError),
    async close() {
      await closeWithin(opened.close, log)
      await sandbox.stop()
    },
  }
}
