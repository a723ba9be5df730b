import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'

/**
 * Aborts when Esc is typed, where there is a terminal; Ctrl-C goes on being the signal that it is. Until `forget` is
 * called nothing that is typed is shown.
 */
export function onEscape(
  input: Pick<ReadStream, 'isTTY' | 'setRawMode' | 'resume' | 'pause' | 'on' | 'off'> & NodeJS.ReadableStream,
  output: Pick<WriteStream, 'isTTY'>,
): { signal: AbortSignal; forget: () => void } {
  const abort = new AbortController()
  if (!input.isTTY || !output.isTTY) return { signal: abort.signal, forget: () => undefined }
  const listener = (_: string | undefined, key: { name?: string; ctrl?: boolean }) => {
    if (key.name === 'escape') abort.abort()
    // In raw mode it is a key.
    else if (key.ctrl && key.name === 'c') process.kill(process.pid, 'SIGINT')
  }
  emitKeypressEvents(input)
  input.setRawMode(true)
  input.on('keypress', listener)
  input.resume()
  return {
    signal: abort.signal,
    forget() {
      input.off('keypress', listener)
      input.setRawMode(false)
      input.pause()
    },
  }
}
