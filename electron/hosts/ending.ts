/** Core writes what it holds and ends its calls within this, if nothing hangs. */
const CLOSE_WITHIN_MS = 5_000

/**
 * Closes core, and goes on without it when it hangs: a sandbox or a disk that does not answer must not keep the program
 * from ending.
 */
export async function closeWithin(close: () => Promise<void>, log: (line: string) => void): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), CLOSE_WITHIN_MS)
  })
  try {
    if ((await Promise.race([close(), late])) === 'late')
      log(`core did not close within ${CLOSE_WITHIN_MS / 1_000} s; the program ends without it`)
  } catch (error) {
    log(`core did not close cleanly: ${String(error)}`)
  } finally {
    clearTimeout(timer)
  }
}

/** Who interrupts an ending program again does not want to wait for it. What it started is tied to it and ends, too. */
export function endAtOnceOnSecondSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
}
