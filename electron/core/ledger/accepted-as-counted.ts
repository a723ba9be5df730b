import type { SimulatorStatus } from '../../../shared/features/simulator.ts'

type Counts = Pick<SimulatorStatus['counts'], 'accepted' | 'pending'>

/**
 * What the simulator had accepted and pending when the stream was counted, which lies between two readings of it:
 * answers that came later were pending then, and what the stream has and nobody heard of yet was accepted. A count of
 * the stream that does not fit between the two readings is left as it is, for the ledger to show; but one that comes
 * late (`estimated`) may have less.
 */
export function acceptedAsCounted({
  before,
  after,
  received,
  estimated,
}: {
  before: Counts
  after: Counts
  received: number
  estimated: boolean
}): Counts & { notCountedYet: number } {
  const { accepted, pending } = after
  if (received < before.accepted)
    return { accepted, pending, notCountedYet: estimated ? Math.max(0, accepted - received) : 0 }
  const then = Math.min(received, accepted + pending)
  return { accepted: then, pending: pending + accepted - then, notCountedYet: 0 }
}
