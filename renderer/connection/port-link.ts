import { ProgramState } from '../../shared/features/programs.ts'
import type { DownFrame, Link, UpFrame } from '../../shared/rpc/contract.ts'
import { upFrameText } from '../../shared/rpc/frame-text.ts'

/** What the window's preload gives the page; absent in a browser. */
interface SluiceWindow {
  requestLink(): void
  painted(): void
  retryCore(): void
  /** The path of the folder that the user chose in a dialog of the system's; null when none. */
  chooseFolder(): Promise<string | null>
}

declare global {
  var sluiceWindow: SluiceWindow | undefined
}

/** The page's end of a port to core, from the window that it is in. */
export function openPortLink(host: SluiceWindow): Promise<Link<UpFrame, DownFrame>> {
  return new Promise(resolve => {
    const listener = (event: MessageEvent) => {
      const [port] = event.ports
      if (event.source !== window || event.data !== 'sluice-link' || !port) return
      removeEventListener('message', listener)
      port.start()
      resolve({
        send(frame) {
          // As long as on every other link: what the browser's console refuses, this one does not take either.
          upFrameText(frame)
          port.postMessage(frame)
        },
        onFrame: take => port.addEventListener('message', message => take(message.data as DownFrame)),
        onClose: end => onCoreEnded(end),
        close: () => port.close(),
      })
    }
    addEventListener('message', listener)
    host.requestLink()
  })
}

/** The window says it, for a port stays silent when the process behind it dies. */
function onCoreEnded(end: () => void): void {
  const listener = (event: MessageEvent) => {
    if (event.source !== window || event.data !== 'sluice-core-ended') return
    removeEventListener('message', listener)
    end()
  }
  addEventListener('message', listener)
}

/** Calls back with what the window says of core's own process; it says it while core cannot. */
export function onCoreState(listener: (state: ProgramState) => void): void {
  addEventListener('message', event => {
    if (event.source !== window || typeof event.data !== 'object' || event.data === null) return
    const state = ProgramState.safeParse(event.data.sluiceCore)
    if (state.success) listener(state.data)
  })
}
