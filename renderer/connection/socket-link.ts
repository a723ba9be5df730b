import type { DownFrame, Link, UpFrame } from '../../shared/rpc/contract.ts'
import { upFrameText } from '../../shared/rpc/frame-text.ts'

/** The page's end of a socket to core. Resolves when it is open. @throws Error when it cannot be opened */
export function openSocketLink(url: string): Promise<Link<UpFrame, DownFrame>> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const frames = new Set<(frame: DownFrame) => void>()
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as DownFrame
      for (const listener of frames) listener(frame)
    }
    socket.onerror = () => reject(new Error('The socket to the core could not be opened'))
    socket.onopen = () =>
      resolve({
        send: frame => socket.readyState === WebSocket.OPEN && socket.send(upFrameText(frame)),
        onFrame: listener => void frames.add(listener),
        onClose: listener => socket.addEventListener('close', listener, { once: true }),
        close: () => socket.close(),
      })
  })
}
