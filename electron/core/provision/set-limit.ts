import type { WorkEvent } from '../../../shared/features/scope.ts'
import type { SetLimit } from '../../../shared/limit.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import type { Clock } from '../clock/clock.ts'
import { findClusters } from '../clusters/find-cluster.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { keepLimit } from '../switch/kept-limit.ts'
import { reporter } from '../work/work.ts'
import { applyPlan } from './apply.ts'
import { destroyAll } from './destroy.ts'
import type { ProvisionJournal } from './journal.ts'
import { planAll } from './plan-all.ts'
import { planId } from './plan-identity.ts'
import { inOrder } from './resource.ts'
import { switchResources } from './resources/switch.ts'

/**
 * Keeps after what the cluster is stopped, and makes it so: the same rows that a plan has, applied at once where a
 * cluster is there. Without a limit, what stops it is taken away, if it was made here.
 */
export async function* setLimit(
  deps: { care: StateCare; clock: Clock; journal: ProvisionJournal },
  context: PipelineContext,
  set: SetLimit | null,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { care, clock, journal } = deps
  await keepLimit(context, set, care, signal)
  const resources = inOrder(switchResources(context, set ?? undefined, clock.now))
  if (!set) {
    yield* destroyAll({ resources, journal, clock }, signal)
    return
  }
  const [cluster] = await findClusters(context, signal)
  if (!cluster) {
    yield reporter(clock, 'limit', 'Set the limit')('done', 'it is kept; the next apply makes it with the cluster')
    return
  }
  const now = await planAll(resources, journal.madeHere(), signal)
  const shown = { id: planId(now), changes: now }
  yield* applyPlan({ resources, shown, now, only: undefined, confirm: [], journal, clock }, signal)
}
