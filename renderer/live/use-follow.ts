import { useEffect, useState, useSyncExternalStore } from 'react'
import type { PipelineScope } from '../../shared/features/scope.ts'
import type { Services } from '../../shared/features/services.ts'
import type { Result } from '../../shared/rpc/contract.ts'
import { useConnection } from '../connection/connection.ts'
import { followStream } from '../connection/follow-stream.ts'
import { useLive } from './live.ts'
import type { Known } from './parts.ts'

type Follow<T> = (services: Services, scope: PipelineScope, signal: AbortSignal) => AsyncIterable<Result<T>>

const onVisible = (listener: () => void): (() => void) => {
  document.addEventListener('visibilitychange', listener)
  return () => document.removeEventListener('visibilitychange', listener)
}

/**
 * Follows a stream of core while the page shows it and can be seen, and from the beginning when `follow` changes;
 * undefined follows nothing. It must be stable.
 */
export function useFollow<T>(follow: Follow<T> | undefined): Known<T> {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const isHidden = useSyncExternalStore(onVisible, () => document.hidden)
  const [known, setKnown] = useState<Known<T>>({})
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was known is of what was followed before
  useEffect(() => setKnown({}), [follow, scope])
  useEffect(() => {
    if (!services || !follow || isHidden) return
    return followStream(
      signal => follow(services, scope, signal),
      result =>
        setKnown(last =>
          result.ok ? { value: result.value, receivedMs: Date.now() } : { ...last, error: result.error },
        ),
    )
  }, [services, scope, follow, isHidden])
  return known
}
