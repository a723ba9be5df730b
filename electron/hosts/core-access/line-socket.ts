import type { Socket } from 'node:net'

/** A socket as a way for lines of JSON. What comes before there is a listener waits for it. */
export interface LineSocket {
  /** One line: JSON as text or in bytes, without a line's end. */
  send(json: string | Uint8Array): void
  /** What the other side has not taken yet. */
  waitingBytes(): number
  /** Each line's value; a line that is no JSON is undefined. One listener at a time: the next one takes over. */
  onValue(listener: (value: unknown) => void): void
  onClose(listener: () => void): void
  end(): void
  destroy(): void
}

const NEWLINE = 0x0a

/** Lines over a socket. A line that is longer than `maxLineBytes` ends it. */
export function lineSocket(socket: Socket, maxLineBytes: number): LineSocket {
  let pieces: Buffer[] = []
  let length = 0
  let listener: ((value: unknown) => void) | undefined
  const closers = new Set<() => void>()
  socket.pause()
  socket.setNoDelay?.(true)
  socket.on('data', (piece: Buffer) => {
    let rest = piece
    for (let end = rest.indexOf(NEWLINE); end >= 0 && !socket.destroyed; end = rest.indexOf(NEWLINE)) {
      const line = Buffer.concat([...pieces, rest.subarray(0, end)])
      pieces = []
      length = 0
      rest = rest.subarray(end + 1)
      if (line.length > maxLineBytes) return void socket.destroy()
      listener?.(parse(line))
    }
    if (rest.length === 0) return
    pieces.push(rest)
    length += rest.length
    if (length > maxLineBytes) socket.destroy()
  })
  // What went wrong with a socket is that it is closed: the other process ended.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    for (const closer of closers) closer()
    closers.clear()
  })
  return {
    send(json) {
      if (socket.destroyed || socket.writableEnded) return
      socket.write(json)
      socket.write('\n')
    },
    waitingBytes: () => socket.writableLength,
    onValue(next) {
      listener = next
      socket.resume()
    },
    onClose(closer) {
      if (socket.destroyed) closer()
      else closers.add(closer)
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
