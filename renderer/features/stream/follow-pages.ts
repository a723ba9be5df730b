import type { RecordsPage } from '../../../shared/features/stream.ts'
import type { Result } from '../../../shared/rpc/contract.ts'
import { pause } from '../../connection/ask-again.ts'

/** Between a page and the next one: core reads a partition once a second at most, for all pages together. */
export const NEXT_PAGE_MS = 1_000

/**
 * Reads page after page, also after a failure that may pass: a job that catches up can take all reads of a shard.
 * `readOn` gives nothing while it cannot read. The last page of a partition, or another failure, is the end.
 * Returns what stops it.
 */
export function followPages(readOn: () => Promise<Result<RecordsPage> | undefined>, onEnd: () => void): () => void {
  const abort = new AbortController()
  const follow = async () => {
    while (!abort.signal.aborted) {
      const result = await readOn()
      if (abort.signal.aborted) return
      if (result && !goesOn(result)) return onEnd()
      await pause(NEXT_PAGE_MS, abort.signal)
    }
  }
  void follow()
  return () => abort.abort()
}

const goesOn = (result: Result<RecordsPage>): boolean =>
  result.ok ? result.value.next !== null : result.error.retryable
