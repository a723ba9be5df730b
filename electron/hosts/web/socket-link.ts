import type { WebSocket } from 'ws'
import type { DownFrame, Link, UpFrame } from '../../../shared/rpc/contract.ts'
import { parseUpFrame } from '../../../shared/rpc/up-frame.ts'

/** A page that does not take what it asked for is cut off before it fills the memory. */
const MAX_BUFFERED_BYTES = 256 * 1024 * 1024

/** Core's end of a socket: one frame a message, as JSON. What is no frame ends the socket. */
export function socketLink(socket: WebSocket): Link<DownFrame, UpFrame> {
  return {
    send(frame) {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount > MAX_BUFFERED_BYTES) return socket.terminate()
      socket.send(JSON.stringify(frame))
    },
    onFrame(listener) {
      socket.on('message', data => {
        const frame = parse(String(data))
        if (frame) listener(frame)
        else socket.close(1008, 'not a frame')
      })
    },
    onClose: listener => void socket.once('close', listener),
    close: () => socket.close(),
  }
}

function parse(text: string): UpFrame | undefined {
  try {
    return parseUpFrame(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
