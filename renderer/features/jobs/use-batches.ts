import { useCallback, useEffect, useRef, useState } from 'react'
import type { BatchSummary } from '../../../shared/features/jobs.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { newestWish } from '../../connection/newest-wish.ts'
import { useLive } from '../../live/live.ts'

/** Asked for at once. */
const PAGE = 120

/** The batches up to the newest one, newest first; `more` goes on further back. */
export function useBatches(newest: number) {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [batches, setBatches] = useState<BatchSummary[]>([])
  const [triggerMs, setTriggerMs] = useState(0)
  const [error, setError] = useState<AppError>()
  const reader = useRef<ReturnType<typeof newestWish<number>>>(undefined)

  const fetchBatches = useCallback(
    async (asked: { limit: number; before?: number }, signal?: AbortSignal) => {
      if (!services) return
      const result = await services.jobs.batches({ ...scope, ...asked }, signal)
      if (signal?.aborted) return
      setError(result.ok ? undefined : result.error)
      if (!result.ok) return
      setTriggerMs(result.value.triggerMs)
      setBatches(known => {
        const fresh = new Map([...known, ...result.value.batches].map(batch => [batch.batchId, batch]))
        return [...fresh.values()].sort((a, b) => b.batchId - a.batchId)
      })
    },
    [services, scope],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: another pipeline's batches must not stay
  useEffect(() => setBatches([]), [scope])
  useEffect(() => {
    // What is under way is waited for: where a batch comes sooner than an answer, there would never be one.
    const made = newestWish<number>((upTo, signal) => fetchBatches({ limit: PAGE, before: upTo + 1 }, signal))
    reader.current = made
    return made.end
  }, [fetchBatches])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new reader has read nothing
  useEffect(() => reader.current?.want(newest), [fetchBatches, newest])
  const more = () => void fetchBatches({ limit: PAGE, before: batches.at(-1)?.batchId ?? 0 })
  return { batches, triggerMs, error, more }
}
