import type { WebServer } from './serve-web.ts'

/**
 * Prints an address with a new token whenever Enter is pressed in the program's terminal, or its process gets SIGUSR2 (which Windows has not).
 * Returns what ends that.
 */
export function offerNewAddress(server: WebServer, terminal: NodeJS.ReadStream, print: (line: string) => void): () => void {
  const tell = () => print(`Another browser gets in, once, with ${server.newUrl()}`)
  process.on('SIGUSR2', tell)
  if (terminal.isTTY) terminal.on('data', tell)
  // It keeps no program from ending.
  if (terminal.isTTY) terminal.unref()
  return () => {
    process.off('SIGUSR2', tell)
    terminal.off('data', tell)
    if (terminal.isTTY) terminal.pause()
  }
}
