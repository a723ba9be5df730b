import type { MessagePortMain } from 'electron'
import type { DownFrame, Link, UpFrame } from '../../../shared/rpc/contract.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { parseUpFrame } from '../../../shared/rpc/up-frame.ts'
import { makeFilesPrivate } from '../../../shared/state/private-files.ts'
import { toAppError } from '../../core/aws/expected-error.ts'
import { endOnUnknownState } from '../end-on-unknown-state.ts'
import { openCore } from '../open-core.ts'
import { superviseSandbox } from '../sandbox/supervise.ts'

/*
 * Core as a process of the window's program: it is given one port for each page that asks, and serves all services on it. Its argument is
 * the data folder. It knows of Electron only the port that its parent speaks through.
 */
const [data = ''] = process.argv.slice(2)
const log = (line: string) => void process.stderr.write(`${line}\n`)

makeFilesPrivate()
endOnUnknownState('core', log)

let tell: Awaited<ReturnType<typeof openCore>>['tell'] | undefined
/** The first that the parent says. It comes by message: an argument or a variable could be read by other programs. */
const secretKey = new Promise<Buffer | undefined>(resolve =>
  process.parentPort.once('message', ({ data: { key } }) => resolve(key === undefined ? undefined : Buffer.from(key, 'base64'))),
)

const mayOpen = (url: string) => process.parentPort.postMessage({ mayOpen: url })

const sandbox = await superviseSandbox({
  data,
  limits: true,
  detached: false,
  onEvent(text, state) {
    log(text)
    tell?.('sandbox', { kind: 'sandbox', state, title: text.replace(/^t/, 'T') })
  },
})
const core = await openCore({ data, endpoint: sandbox.endpoint, keepHistory: true, secretKey, mayOpen })
tell = core.tell

process.parentPort.on('message', ({ data: request, ports: [port] }) => {
  if (request === 'link' && port) serve(core.services, portLink(port), toAppError)
  else if (request === 'end')
    end().catch(error => {
      log(`core did not end cleanly: ${String(error)}`)
      process.exit(1)
    })
})
process.parentPort.postMessage('ready')

async function end(): Promise<void> {
  await core.close()
  await sandbox.stop()
  process.exit(0)
}

/** Core's end of a page's port. What is no frame ends it. */
function portLink(port: MessagePortMain): Link<DownFrame, UpFrame> {
  port.start()
  return {
    send: frame => port.postMessage(frame),
    onFrame(listener) {
      port.on('message', ({ data: message }) => {
        const frame = parseUpFrame(message)
        if (frame) listener(frame)
        else port.close()
      })
    },
    onClose: listener => void port.once('close', listener),
    close: () => port.close(),
  }
}
