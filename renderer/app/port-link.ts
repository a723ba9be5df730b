import type { DownFrame, Link, UpFrame } from '../../shared/rpc/contract.ts'

/** What the window's preload gives the page; absent in a browser. */
interface SluiceWindow {
  requestLink(): void
  painted(): void
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
        send: frame => port.postMessage(frame),
        onFrame: take => port.addEventListener('message', message => take(message.data as DownFrame)),
        onClose: end => onCoreEnded(end),
        close: () => port.close(),
      })
    }
    addEventListener('message', listener)
    host.requestLink()
  })
}

/** Told by the window, for a port stays silent when the process behind it dies. */
function onCoreEnded(end: () => void): void {
  const listener = (event: MessageEvent) => {
    if (event.source !== window || event.data !== 'sluice-core-ended') return
    removeEventListener('message', listener)
    end()
  }
  addEventListener('message', listener)
}
