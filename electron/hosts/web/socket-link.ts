import type { WebSocket } from 'ws'
import { z } from 'zod'
import type { DownFrame, Link, UpFrame } from '../../../shared/rpc/contract.ts'

const Frame = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('start'), id: z.int(), op: z.string().max(200), input: z.unknown() }),
  z.strictObject({ t: z.literal('ack'), id: z.int() }),
  z.strictObject({ t: z.literal('cancel'), id: z.int() }),
])
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
    return Frame.parse(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    throw error
  }
}
