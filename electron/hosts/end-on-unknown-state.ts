/**
 * Ends the program when an error came out where nobody waits for it: what it was doing stopped half way, so what is in
 * memory is not known to be right, while what is on disk survives a kill at any moment. Whoever supervises it starts it
 * again. A full disk and a client that goes away never come here: they are handled where they happen.
 */
export function endOnUnknownState(program: string, log: (line: string) => void): void {
  const end = (error: unknown) => {
    log(`error: ${error instanceof Error ? error.stack : String(error)}`)
    const said = error instanceof Error ? error.message : String(error)
    log(
      `The ${program} ends because of an error that nothing handles (${said}). Its state is on disk; start it ` +
        'again to go on from there.',
    )
    process.exit(EXIT_CODE)
  }
  // The log may lie on a disk that is full: that it cannot be written is no reason to end.
  process.stderr.on('error', () => undefined)
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

/** sysexits.h: an internal error of the program. */
const EXIT_CODE = 70
