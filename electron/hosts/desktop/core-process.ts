import type { MessagePortMain } from 'electron'
import type { DownFrame, Link, UpFrame } from '../../../shared/rpc/contract.ts'
import { checkDownFrame } from '../../../shared/rpc/frame-text.ts'
import { parseUpFrame } from '../../../shared/rpc/up-frame.ts'
import { makeFilesPrivate } from '../../../shared/state/private-files.ts'
import { addSpecFolders } from '../core-access/add-folders.ts'
import { type CoreAccess, type OwnCore, openCoreAccess } from '../core-access/core-access.ts'
import { openCoreOnSandbox } from '../core-on-sandbox.ts'
import { endOnUnknownState } from '../end-on-unknown-state.ts'
import { isPackaged, projectFile, resources } from '../project.ts'
import { specFolders } from './command-line.ts'
import { changedFile, changedText, UNPACKED_LIST, type UnpackedList } from './unpacked.ts'

/*
 * Core as a process of the window's program: it is given one port for each page that asks, and serves all services on
 * it. Its arguments are the data folder, the options of its sandbox and the folders of specs. It knows of Electron only
 * the port that its parent speaks through.
 */
const [data = '', ...flags] = process.argv.slice(2)
const pipelines = specFolders(flags)
const log = (line: string) => void process.stderr.write(`${line}\n`)

makeFilesPrivate()
endOnUnknownState('core', log)

/** The first that the parent says. It comes by message: an argument or a variable could be read by other programs. */
const secretKey = new Promise<Buffer | undefined>(resolve =>
  process.parentPort.once('message', ({ data: { key } }) =>
    resolve(key === undefined ? undefined : Buffer.from(key, 'base64')),
  ),
)

const mayOpen = (url: string) => process.parentPort.postMessage({ mayOpen: url })

if (isPackaged) {
  const list = JSON.parse(await projectFile(UNPACKED_LIST)) as UnpackedList
  const changed = await changedFile(resources(), list)
  if (changed !== undefined) {
    process.parentPort.postMessage({ refused: changedText(changed) })
    // Its parent ends it: nothing that was changed is run meanwhile.
    await new Promise(() => undefined)
  }
}

let access: CoreAccess | undefined

process.parentPort.on('message', ({ data: request, ports: [port] }) => {
  if (request === 'ping') process.parentPort.postMessage('pong')
  else if (request === 'link' && port) access?.link(portLink(port))
  else if (request === 'end') end().catch(fail)
})

try {
  access = await openCoreAccess({ data, kind: 'window', title: 'sluice start', openOwn: openHere, mayOpen, say: log })
  await addSpecFolders(access, pipelines)
  process.parentPort.postMessage('ready')
} catch (error) {
  fail(error)
}

/** The last line of the log is what the window says of it. */
function fail(error: unknown): void {
  log(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

async function end(): Promise<void> {
  await access?.close()
  process.exit(0)
}

/** Core in this process, on the folder's sandbox. */
function openHere(sayMayOpen: (url: string) => void): Promise<OwnCore> {
  return openCoreOnSandbox({
    data,
    sandbox: {
      limits: true,
      anyKey: flags.includes('--any-key'),
      checkSignatures: flags.includes('--check-signatures'),
      detached: false,
    },
    keepHistory: true,
    pipelines,
    secretKey,
    mayOpen(url) {
      mayOpen(url)
      sayMayOpen(url)
    },
    log,
  })
}

/** Core's end of a page's port. What is no frame ends it. */
function portLink(port: MessagePortMain): Link<DownFrame, UpFrame> {
  port.start()
  return {
    send(frame) {
      checkDownFrame(frame)
      port.postMessage(frame)
    },
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
