import { create } from 'zustand'
import type { LoginEvent, LoginWay } from '../../shared/features/targets.ts'
import type { AppError } from '../../shared/rpc/contract.ts'
import { useConnection } from '../connection/connection.ts'

/** What is logged in to: a login by its name, of a profile where it was begun at one. */
export interface LoginWanted {
  name: string
  profile?: string
}

interface Login {
  wanted: LoginWanted | undefined
  way: LoginWay
  /** How far it is; undefined before core has said anything. */
  event: LoginEvent | undefined
  error: AppError | undefined
  /** How often somebody has logged in since the page was opened: what was refused before is asked again. */
  times: number
}

/** The login that is under way, wherever it was begun; one at a time. */
export const useLogin = create<Login>(() => ({
  wanted: undefined,
  way: 'browser',
  event: undefined,
  error: undefined,
  times: 0,
}))

let running: AbortController | undefined

/** Begins a login; another one that is under way is cancelled. */
export function beginLogin(wanted: LoginWanted, way: LoginWay = 'browser'): void {
  const { services } = useConnection.getState()
  if (!services) return
  running?.abort()
  const mine = new AbortController()
  running = mine
  useLogin.setState({ wanted, way, event: undefined, error: undefined })
  void follow(services.targets.login({ ...loginAsked(wanted), way }, mine.signal), mine.signal)
}

const loginAsked = ({ name, profile }: LoginWanted) => (profile === undefined ? { login: name } : { profile })

async function follow(
  results: ReturnType<NonNullable<ReturnType<typeof useConnection.getState>['services']>['targets']['login']>,
  signal: AbortSignal,
): Promise<void> {
  for await (const result of results) {
    if (signal.aborted) return
    if (!result.ok) useLogin.setState({ error: result.error })
    else {
      const event = result.value
      useLogin.setState(({ times }) => ({ event, times: event.state === 'done' ? times + 1 : times }))
    }
  }
}

/** Cancels the login that is under way, or puts away what one came to. */
export function endLogin(): void {
  running?.abort()
  running = undefined
  useLogin.setState({ wanted: undefined, event: undefined, error: undefined })
}
