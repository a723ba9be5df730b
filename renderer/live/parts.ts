import type { JobsView } from '../../shared/features/jobs.ts'
import type { Lag } from '../../shared/features/lag.ts'
import type { Latency, Ledger } from '../../shared/features/ledger.ts'
import type { SimulatorStatus } from '../../shared/features/simulator.ts'
import type { StreamDescription } from '../../shared/features/stream.ts'
import type { AppError } from '../../shared/rpc/contract.ts'

/** What is known of one part now: its value, when it arrived here, and why there is no newer one. */
export interface Known<T> {
  value?: T
  receivedMs?: number
  error?: AppError
}

/** The parts of a pipeline that the page follows. */
export interface LiveParts {
  simulator: Known<SimulatorStatus>
  stream: Known<StreamDescription>
  lag: Known<Lag>
  jobs: Known<JobsView>
  ledger: Known<Ledger>
  latency: Known<Latency>
}

/**
 * What is idle is polled every 15 seconds, lag after up to 23, and shown up to eight later; a good while more without
 * an answer is old.
 */
export const STALE_MS = 40_000
