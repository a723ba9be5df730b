import type { WebSocket } from 'ws'
import { type DownFrame, ExpectedError, type Link, type UpFrame } from '../../../shared/rpc/contract.ts'
import { downFrameBytes } from '../../../shared/rpc/frame-text.ts'
import { MAX_DOWN_FRAME_BYTES, MAX_WAITING_BYTES, readerTooSlow } from '../../../shared/rpc/limits.ts'
import { parseUpFrame } from '../../../shared/rpc/up-frame.ts'

/**
 * What waits at most when every frame keeps its limit, and some room for failures: a page that takes not even those is
 * cut off.
 */
const CUT_OFF_BYTES = MAX_DOWN_FRAME_BYTES + MAX_WAITING_BYTES + 4 * 1024 * 1024
/** Close codes of RFC 6455, 7.4.1. */
const UNSUPPORTED_DATA = 1003
const POLICY_VIOLATION = 1008

/** Core's end of a socket: one frame a message, as JSON text. What is no frame ends the socket, and nothing else. */
export function socketLink(socket: WebSocket, log: (line: string) => void): Link<DownFrame, UpFrame> {
  // ws closes the socket with the code that says what was wrong with it; without a listener the error would end the
  // program.
  socket.on('error', error => log(`web: a page's socket was closed: ${error.message}`))
  return {
    send(frame) {
      if (socket.readyState !== socket.OPEN) return
      const waiting = socket.bufferedAmount
      if (waiting > CUT_OFF_BYTES) return socket.terminate()
      if (waiting > MAX_WAITING_BYTES && frame.t === 'item') throw new ExpectedError(readerTooSlow(waiting))
      socket.send(downFrameBytes(frame), { binary: false })
    },
    onFrame(listener) {
      socket.on('message', (data, isBinary) => {
        // What comes after the first that was no frame is ignored.
        if (socket.readyState !== socket.OPEN) return
        if (isBinary) return socket.close(UNSUPPORTED_DATA, 'text only')
        const frame = parse(String(data))
        if (frame) listener(frame)
        else socket.close(POLICY_VIOLATION, 'not a frame')
      })
    },
    onClose: listener => void socket.once('close', listener),
    close: () => socket.close(),
  }
}

/** A frame, if it is one. JSON of any depth and of any kind comes here. */
function parse(text: string): UpFrame | undefined {
  try {
    return parseUpFrame(JSON.parse(text))
  } catch {
    return undefined
  }
}
