import type { Result } from '../../shared/rpc/contract.ts'

/** What failed and may go well the next time is asked for again after this. */
export const AGAIN_AFTER_MS = 5_000

/**
 * Gives each result of a stream of core, and starts it again some time after a failure that may pass. Returns what ends
 * it: no result is given after.
 */
export function followStream<T>(
  start: (signal: AbortSignal) => AsyncIterable<Result<T>>,
  onResult: (result: Result<T>) => void,
): () => void {
  const abort = new AbortController()
  let again: ReturnType<typeof setTimeout> | undefined
  const follow = async () => {
    for await (const result of start(abort.signal)) {
      if (abort.signal.aborted) return
      onResult(result)
      if (!result.ok && result.error.retryable) again = setTimeout(follow, AGAIN_AFTER_MS)
    }
  }
  void follow()
  return () => {
    abort.abort()
    clearTimeout(again)
  }
}
