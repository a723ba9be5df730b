import type { CallsMade } from '../../../shared/features/calls.ts'
import type { Target } from '../../../shared/features/targets.ts'
import type { Clock } from '../clock/clock.ts'
import type { Asking } from './asking.ts'

const MINUTE_MS = 60_000

/**
 * How many requests a minute all that polls may make of a service of an AWS target, so that other programs of the
 * account have theirs. What somebody asked for or began is not held back.
 * - elasticmapreduce: AWS asks for one request every ten seconds and cluster (Management Guide, "Write applications
 *   that launch and manage clusters"); a poll of a cluster with its steps is three or four
 * - kinesis: DescribeStreamSummary 20 a second, ListShards 1,000 a second (API reference); reads have a budget of their
 *   own (sources/read-budget.ts)
 * - cloudwatch: a new value comes once a minute, and each metric is paid for
 * - s3: 5,500 reads a second and prefix (User Guide, "Best practices design patterns"); each is paid for
 * - redshift-data: a statement may wake a serverless workgroup
 */
const PER_MINUTE: Readonly<Record<string, number>> = {
  elasticmapreduce: 60,
  kinesis: 120,
  cloudwatch: 12,
  s3: 240,
  'redshift-data': 120,
}
const ANY_OTHER = 60

/** The budgets of polls, by target and service. The sandbox is on this machine and has none. */
export interface CallBudgets {
  /** Waits until a poll may ask. @throws the signal's reason when it is aborted before */
  take(
    target: Pick<Target, 'id' | 'kind'>,
    service: string,
    asking: Asking | undefined,
    signal?: AbortSignal,
  ): Promise<void>
  view(target: string): CallsMade['budgets']
}

interface Budget {
  service: string
  /** When each request of the last minute was or will be made, monotonic. */
  taken: number[]
  waited: number
  waitedMs: number
}

const POLLS: ReadonlySet<Asking['by']> = new Set(['watch', 'history', 'limit'])

export function createCallBudgets(clock: Clock): CallBudgets {
  const budgets = new Map<string, Map<string, Budget>>()
  const recent = (budget: Budget) => budget.taken.filter(atMs => atMs > clock.monotonic() - MINUTE_MS)
  return {
    async take({ id, kind }, service, asking, signal) {
      if (kind === 'sandbox' || asking === undefined || !POLLS.has(asking.by)) return
      const ofTarget = budgets.get(id) ?? new Map<string, Budget>()
      budgets.set(id, ofTarget)
      const budget = ofTarget.get(service) ?? { service, taken: [], waited: 0, waitedMs: 0 }
      ofTarget.set(service, budget)
      budget.taken = recent(budget)
      const most = PER_MINUTE[service] ?? ANY_OTHER
      const nowMs = clock.monotonic()
      // A minute after the request that is so many before this one.
      const atMs = Math.max(nowMs, (budget.taken.at(-most) ?? Number.NEGATIVE_INFINITY) + MINUTE_MS)
      // Taken before it is waited for: those that come meanwhile wait behind it.
      budget.taken.push(atMs)
      if (atMs === nowMs) return
      budget.waited++
      budget.waitedMs += atMs - nowMs
      try {
        await clock.sleep(atMs - nowMs, signal)
      } catch (error) {
        budget.taken.splice(budget.taken.indexOf(atMs), 1)
        throw error
      }
    },
    view: target =>
      [...(budgets.get(target)?.values() ?? [])].map(budget => ({
        service: budget.service,
        perMinute: PER_MINUTE[budget.service] ?? ANY_OTHER,
        lastMinute: recent(budget).filter(atMs => atMs <= clock.monotonic()).length,
        waited: budget.waited,
        waitedMs: budget.waitedMs,
      })),
  }
}
