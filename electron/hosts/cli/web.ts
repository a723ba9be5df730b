import { once } from 'node:events'
import { serve } from '../../../shared/rpc/serve.ts'
import { toAppError } from '../../core/aws/expected-error.ts'
import { type OwnCore, openCoreAccess } from '../core-access/core-access.ts'
import { dataFolder } from '../data-folder.ts'
import { openCore } from '../open-core.ts'
import { projectPath } from '../project.ts'
import { type AccessOptions, superviseSandbox } from '../sandbox/supervise.ts'
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
    openOwn: () => openHere(data, options, log),
    say: log,
  })
  const server = await serveWeb({ folder: projectPath('dist/renderer'), port: options.port ?? 0, onLink: access.link, log })
  await access.setAddress(new URL('/', server.url).href)
  process.stdout.write(`The console is at ${server.url}\nCtrl-C stops it.\n`)
  const abort = new AbortController()
  await Promise.race(['SIGINT', 'SIGTERM'].map(signal => once(process, signal, { signal: abort.signal })))
  abort.abort()
  await server.close()
  await access.close()
  return 0
}

/** Core in this process, on the folder's sandbox. */
async function openHere(data: string, options: WebCommandOptions, log: (text: string) => void): Promise<OwnCore> {
  let tell: Awaited<ReturnType<typeof openCore>>['tell'] | undefined
  const sandbox = await superviseSandbox({
    data,
    limits: options.limits,
    anyKey: options.anyKey,
    checkSignatures: options.checkSignatures,
    detached: false,
    onEvent(text, state) {
      log(text)
      tell?.('sandbox', { kind: 'sandbox', state, title: text.replace(/^t/, 'T') })
    },
  })
  const core = await openCore({ data, endpoint: sandbox.endpoint, keepHistory: true })
  tell = core.tell
  return {
    serve: link => serve(core.services, link, toAppError),
    async close() {
      await core.close()
      await sandbox.stop()
    },
  }
}
