import { useCallback, useEffect, useState } from 'react'
import type { PipelineScope } from '../../shared/features/scope.ts'
import type { Services } from '../../shared/features/services.ts'
import type { AppError, Result } from '../../shared/rpc/contract.ts'
import { useConnection } from '../connection/connection.ts'
import { useLive } from './live.ts'
import { useLogin } from './login.ts'

export type Asked<T> =
  | { state: 'loading'; value?: T }
  | { state: 'ready'; value: T; receivedMs: number }
  /** The value is the last one that was known. */
  | { state: 'failed'; error: AppError; value?: T }

type Ask<T> = (services: Services, scope: PipelineScope, signal: AbortSignal) => Promise<Result<T>>

/**
 * Asks core once, and again when the connection comes back, somebody has logged in, or `reload` is called. `ask` must
 * be stable.
 */
export function useCall<T>(ask: Ask<T>): Asked<T> & { reload: () => void } {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const logins = useLogin(login => login.times)
  const [asked, setAsked] = useState<Asked<T>>({ state: 'loading' })
  const [round, setRound] = useState(0)
  const reload = useCallback(() => setRound(value => value + 1), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` and `logins` are what asks again
  useEffect(() => {
    // Which pipeline it is, is not known before core has said which there are.
    if (!services || scope.pipeline === '') return
    const abort = new AbortController()
    setAsked(last => ({ state: 'loading', ...(last.value !== undefined && { value: last.value }) }))
    void ask(services, scope, abort.signal).then(result => {
      if (abort.signal.aborted) return
      setAsked(last =>
        result.ok
          ? { state: 'ready', value: result.value, receivedMs: Date.now() }
          : { state: 'failed', error: result.error, ...(last.value !== undefined && { value: last.value }) },
      )
    })
    return () => abort.abort()
  }, [services, scope, ask, round, logins])
  return { ...asked, reload }
}
