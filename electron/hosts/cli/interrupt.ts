/** The first Ctrl-C asks for a clean stop, the second ends at once. Until `forget` is called. */
export function onInterrupt(say: (line: string) => void): { signal: AbortSignal; forget: () => void } {
  const abort = new AbortController()
  const listener = () => {
    if (abort.signal.aborted) process.exit(130)
    say('Stopping cleanly; press Ctrl-C again to end at once.')
    abort.abort()
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return {
    signal: abort.signal,
    forget() {
      process.off('SIGINT', listener)
      process.off('SIGTERM', listener)
    },
  }
}
