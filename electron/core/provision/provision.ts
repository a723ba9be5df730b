import { join } from 'node:path'
import type { Change, Plan, PlanOptions, provisionContract } from '../../../shared/features/provision.ts'
import type { SetLimit } from '../../../shared/limit.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import type { Clock } from '../clock/clock.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { limitOf } from '../switch/kept-limit.ts'
import { applyPlan } from './apply.ts'
import { destroyAll } from './destroy.ts'
import { type ProvisionJournal, provisionJournal } from './journal.ts'
import { planAll } from './plan-all.ts'
import { planId } from './plan-identity.ts'
import type { Resource } from './resource.ts'
import { bucketResource } from './resources/bucket/bucket.ts'
import { clusterResource } from './resources/cluster.ts'
import { instanceProfileResource } from './resources/instance-profile.ts'
import { sinkResources, sourceResources } from './resources/kinds.ts'
import { roleResource } from './resources/role.ts'
import { switchResources } from './resources/switch.ts'
import { wheelhouseResources } from './resources/wheelhouse.ts'
import { setLimit } from './set-limit.ts'
import { type ShownPlans, shownPlans } from './shown-plans.ts'

export interface ProvisionDeps {
  contextOf: ContextOf
  clock: Clock
  /** What is done about damaged state, and about a disk that takes no writes. */
  care: StateCare
}

/** What a pipeline needs against what there is; makes it so, and takes away only what it made. */
export function createProvisionService(deps: ProvisionDeps): ServiceOf<typeof provisionContract> {
  const { clock } = deps
  return {
    async plan({ options, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      const changes = await planAll(
        await resourcesOf(context, withLimit(deps, context, options), clock.now),
        journalOf(deps, context).madeHere(),
        signal,
      )
      const plan = planOf(changes, options, clock)
      plansOf(deps, context).keep(plan)
      return plan
    },
    recall: async ({ id, ...scope }) => plansOf(deps, await deps.contextOf(scope)).find(id),
    async *apply({ options, shown, only, confirm, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      const resources = await resourcesOf(context, withLimit(deps, context, options), clock.now)
      const journal = journalOf(deps, context)
      const now = await planAll(resources, journal.madeHere(), signal)
      yield* applyPlan({ resources, shown, now, only, confirm, journal, clock }, signal)
    },
    async *limit({ limit, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      yield* setLimit({ care: deps.care, clock, journal: journalOf(deps, context) }, context, limit, signal)
    },
    async *destroy({ confirm, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      if (confirm !== context.spec.id) {
        throw new ExpectedError({
          code: 'invalid_input',
          reason: 'unconfirmed',
          message: `To destroy ${context.spec.title}, its name must be typed: ${context.spec.id}.`,
          hint: 'Nothing was removed.',
          retryable: false,
        })
      }
      const journal = journalOf(deps, context)
      const madeHere = journal.madeHere()
      // A pipeline that never had a limit has nothing of it to remove.
      const ofLimit = switchResources(context, undefined, clock.now).filter(({ id }) => madeHere.has(id))
      const resources = [...(await resourcesOf(context, {})), ...ofLimit]
      yield* destroyAll({ resources, journal, clock }, signal)
    },
  }
}

const journalOf = (deps: ProvisionDeps, context: PipelineContext): ProvisionJournal =>
  provisionJournal(join(context.stateDir, 'provision', 'journal.jsonl'), deps.care)

const plansOf = (deps: ProvisionDeps, context: PipelineContext): ShownPlans =>
  shownPlans(join(context.stateDir, 'provision', 'plans'), deps.care)

/** Plans have the limit of the pipeline, where none is asked for. */
function withLimit(deps: ProvisionDeps, context: PipelineContext, options: PlanOptions): PlanOptions {
  const limit: SetLimit | undefined = options.limit ?? limitOf(context, deps.care)
  return { ...options, ...(limit && { limit }) }
}

/** What the pipeline needs of its target. */
export async function resourcesOf(
  context: PipelineContext,
  options: PlanOptions,
  now: () => number = Date.now,
): Promise<Resource[]> {
  const { spec } = context
  return [
    bucketResource(context, 'orchestration'),
    bucketResource(context, 'artifacts'),
    bucketResource(context, 'streaming'),
    ...sourceResources(context, options),
    ...Object.values(spec.roles).map(role => roleResource(context, role)),
    instanceProfileResource(context),
    ...wheelhouseResources(context),
    clusterResource(context),
    ...(await sinkResources(context)),
    ...(options.limit ? switchResources(context, options.limit, now) : []),
  ]
}

function planOf(changes: Change[], options: PlanOptions, clock: Clock): Plan {
  const amount = changes.reduce((sum, change) => sum + (change.costPerHour?.amount ?? 0), 0)
  return {
    id: planId(changes),
    at: new Date(clock.now()).toISOString(),
    options,
    changes,
    costPerHour: { amount, currency: 'USD', estimated: true },
  }
}
