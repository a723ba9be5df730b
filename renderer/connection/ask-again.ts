import type { Result } from '../../shared/rpc/contract.ts'

/** Calls a listener when it is worth asking now; returns what ends that. */
export type Occasions = (listener: () => void) => () => void

/** What ended or failed is asked for again after this. */
export const AGAIN_AFTER_MS = 2_000
/**
 * After so many ends that said the same (nothing is provisioned, say) it is asked for this seldom, until there is an
 * occasion.
 */
const SAME_ENDS = 8
const AGAIN_AT_REST_MS = 15_000

/**
 * Follows a stream of core for ever: one that ends or fails is asked for again, as its part may come into being later.
 */
export async function askAgain<T>(options: {
  start: () => AsyncIterable<Result<T>>
  onResult: (result: Result<T>) => void
  /** What ends a rest: something happened to the pipeline, another page is shown. */
  occasions: Occasions
  signal: AbortSignal
}): Promise<void> {
  const { start, onResult, occasions, signal } = options
  let same = 0
  let lastEnd = ''
  while (!signal.aborted) {
    let end = ''
    for await (const result of start()) {
      onResult(result)
      end = result.ok ? '' : JSON.stringify(result.error)
    }
    same = end !== '' && end === lastEnd ? same + 1 : 0
    lastEnd = end
    if (same < SAME_ENDS) await pause(AGAIN_AFTER_MS, signal)
    else await pauseUntil(occasions, AGAIN_AT_REST_MS, signal)
  }
}

/** Waits; less when there is an occasion. */
export async function pauseUntil(occasions: Occasions, ms: number, signal: AbortSignal): Promise<void> {
  const occasion = new AbortController()
  const end = occasions(() => occasion.abort())
  await pause(ms, AbortSignal.any([signal, occasion.signal]))
  end()
}

/** Waits, no longer than until the signal. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      // The signal lives as long as the page is connected: it must not keep what waited.
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
