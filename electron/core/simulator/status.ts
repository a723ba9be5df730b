import type { SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { Simulator } from './open-simulators.ts'

const NO_RATES = { sentPerSecond: 0, acceptedPerSecond: 0, throttledPerSecond: 0, retriedPerSecond: 0 }

/** The counts of all runs, by the journal, with state and rates of the newest run. */
export function statusOf({ run, journal }: Simulator, nowMs: number): SimulatorStatus {
  const { state } = journal
  const underWay = [...state.open.values()].reduce((sum, intent) => sum + intent.first.length + intent.again.length, 0)
  return {
    state: run?.state ?? 'idle',
    ...(run?.reason !== undefined && { reason: run.reason }),
    at: new Date(nowMs).toISOString(),
    ...(run && { options: run.options }),
    ...(run?.eventTimeMs !== undefined && { eventTime: new Date(run.eventTimeMs).toISOString() }),
    counts: {
      ...state.counts,
      made: { ...state.counts.made },
      unconfirmed: state.unconfirmed.size,
      pending: state.refused.size + underWay,
    },
    rates: { ...(run?.rates() ?? NO_RATES), targetPerSecond: run?.targetPerSecond() ?? null },
  }
}
