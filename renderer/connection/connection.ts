import { create } from 'zustand'
import type { ProgramState } from '../../shared/features/programs.ts'
import { type Services, servicesOf } from '../../shared/features/services.ts'
import { connect } from '../../shared/rpc/connect.ts'
import { onCoreState, openPortLink } from './port-link.ts'
import { openSocketLink } from './socket-link.ts'
import { askToUnlock } from './unlocking.ts'

export type ConnectionState =
  | { state: 'connecting'; services?: undefined }
  | { state: 'open'; services: Services }
  /** It was there and is gone: since when, and how often it was tried again. */
  | { state: 'lost'; services?: undefined; sinceMs: number; attempts: number }

export const useConnection = create<ConnectionState>(() => ({ state: 'connecting' }))

/** What the window says of core's process; undefined in a browser, where core is gone with the host. */
export const useCoreProcess = create<{ core?: ProgramState }>(() => ({}))

const FIRST_RETRY_MS = 300
const LONGEST_RETRY_MS = 5_000

/** Connects to core, and again whenever the connection ends; whoever uses `useConnection` sees it. */
export function keepConnected(): void {
  let attempts = 0
  let lostMs: number | undefined
  const tryAgain = () => {
    lostMs ??= Date.now()
    attempts++
    useConnection.setState({ state: 'lost', sinceMs: lostMs, attempts, services: undefined }, true)
    setTimeout(open, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 10)))
  }
  const open = () => {
    const { sluiceWindow } = globalThis
    const link = sluiceWindow
      ? openPortLink(sluiceWindow)
      : openSocketLink(`${location.origin.replace('http', 'ws')}/link`)
    link.then(link => {
      attempts = 0
      lostMs = undefined
      link.onClose(tryAgain)
      const services = servicesOf(connect(link, { unlock: askToUnlock }))
      useConnection.setState({ state: 'open', services }, true)
    }, tryAgain)
  }
  onCoreState(core => useCoreProcess.setState({ core }))
  open()
}
