import type { WebServer } from './serve-web.ts'

/** How the user of a program gets a new address from it, in a sentence. */
export function newAddressHelp(
  hasTerminal: boolean,
  { pid, platform }: { pid: number; platform: NodeJS.Platform },
): string {
  const signal = platform === 'win32' ? undefined : `run: kill -USR2 ${pid}`
  if (!hasTerminal)
    return signal === undefined
      ? 'For a new address start Sluice again.'
      : `For a new address ${signal} (it is printed to the output of that process).`
  const enter = `press Enter in the terminal where Sluice runs (process ${pid})`
  return `For a new address ${enter}${signal === undefined ? '' : `, or ${signal}`}; it is printed there.`
}

/**
 * Prints an address with a new token whenever Enter is pressed in the program's terminal, or its process gets SIGUSR2
 * (which Windows has not). Returns what ends that.
 */
export function offerNewAddress(
  server: WebServer,
  terminal: NodeJS.ReadStream,
  print: (line: string) => void,
): () => void {
  const printNew = () => print(`Another browser gets in, once, with ${server.newUrl()}`)
  process.on('SIGUSR2', printNew)
  if (terminal.isTTY) terminal.on('data', printNew)
  // It keeps no program from ending.
  if (terminal.isTTY) terminal.unref()
  return () => {
    process.off('SIGUSR2', printNew)
    terminal.off('data', printNew)
    if (terminal.isTTY) terminal.pause()
  }
}
