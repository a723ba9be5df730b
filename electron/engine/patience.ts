import { setTimeout as delay } from 'node:timers/promises'

interface AwsFailure extends Error {
  $metadata?: { httpStatusCode?: number }
}

/** For how long a service may be away before the job fails. */
const PATIENCE_MS = 300_000
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2_000

/** Whether trying again can help: no answer came, the service is overloaded, or it failed by itself. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'AbortError') return false
  const status = (error as AwsFailure).$metadata?.httpStatusCode
  return status === undefined
    ? 'code' in error || error.name === 'TimeoutError'
    : status >= 500 || status === 429 || /Throttl|SlowDown|ProvisionedThroughput/.test(error.name)
}

/**
 * Runs a call again, with growing waits, while its failures are transient. Only for calls that may be repeated.
 * @throws the last failure, after five minutes of them, or at once when it is not transient
 */
export async function patiently<T>(
  call: () => Promise<T>,
  options: { signal?: AbortSignal; onWait?: (error: unknown) => void } = {},
): Promise<T> {
  const givesUpAt = performance.now() + PATIENCE_MS
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
    try {
      return await call()
    } catch (error) {
      if (!isTransient(error) || performance.now() > givesUpAt || options.signal?.aborted) throw error
      options.onWait?.(error)
      await delay(waitMs, undefined, options.signal ? { signal: options.signal } : {})
    }
  }
}
