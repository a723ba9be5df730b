import { create } from 'zustand'
import { artifactsContract } from '../../shared/features/artifacts.ts'
import { jobsContract } from '../../shared/features/jobs.ts'
import { lagContract } from '../../shared/features/lag.ts'
import { ledgerContract } from '../../shared/features/ledger.ts'
import { provisionContract } from '../../shared/features/provision.ts'
import { simulatorContract } from '../../shared/features/simulator.ts'
import { streamContract } from '../../shared/features/stream.ts'
import { targetsContract } from '../../shared/features/targets.ts'
import { warehouseContract } from '../../shared/features/warehouse.ts'
import { type Connection, connect } from '../../shared/rpc/connect.ts'
import { openSocketLink } from './socket-link.ts'

/** Typed clients of all services, over one link. */
export type Services = ReturnType<typeof servicesOf>
function servicesOf(connection: Connection) {
  return {
    targets: connection.client('targets', targetsContract),
    provision: connection.client('provision', provisionContract),
    artifacts: connection.client('artifacts', artifactsContract),
    warehouse: connection.client('warehouse', warehouseContract),
    simulator: connection.client('simulator', simulatorContract),
    stream: connection.client('stream', streamContract),
    lag: connection.client('lag', lagContract),
    jobs: connection.client('jobs', jobsContract),
    ledger: connection.client('ledger', ledgerContract),
  }
}

export type ConnectionState =
  | { state: 'connecting'; services?: undefined }
  | { state: 'open'; services: Services }
  /** It was there and is gone: since when, and how often it was tried again. */
  | { state: 'lost'; services?: undefined; sinceMs: number; attempts: number }

export const useConnection = create<ConnectionState>(() => ({ state: 'connecting' }))

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
    openSocketLink(`${location.origin.replace('http', 'ws')}/link`).then(link => {
      attempts = 0
      lostMs = undefined
      link.onClose(tryAgain)
      useConnection.setState({ state: 'open', services: servicesOf(connect(link)) }, true)
    }, tryAgain)
  }
  open()
}
