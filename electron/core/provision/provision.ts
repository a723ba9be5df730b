import { join } from 'node:path'
import type { Change, Plan, PlanOptions, provisionContract } from '../../../shared/features/provision.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import type { Clock } from '../clock/clock.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { refuseReadOnly } from '../targets/protection.ts'
import { teller } from '../work/work.ts'
import { type ProvisionJournal, provisionJournal } from './journal.ts'
import { inOrder, planChange, type Resource } from './resource.ts'
import { bucketResource } from './resources/bucket.ts'
import { clusterResource } from './resources/cluster.ts'
import { instanceProfileResource, roleResource } from './resources/role.ts'
import { schemaResource } from './resources/schema.ts'
import { streamResource } from './resources/stream.ts'

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
      return planOf(deps, context, clock, resourcesOf(deps, context, options), signal)
    },
    async *apply({ options, only, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      refuseReadOnly(context.target, 'applying a plan')
      const resources = resourcesOf(deps, context, options)
      const plan = await planOf(deps, context, clock, resources, signal)
      const journal = journalOf(deps, context)
      for (const resource of inOrder(resources)) {
        const change = plan.changes.find(entry => entry.id === resource.id)
        if (change && (only?.includes(change.id) ?? true)) yield* applyOne(resource, change, journal, clock, signal)
      }
    },
    async *destroy({ confirm, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      refuseReadOnly(context.target, 'destroying a pipeline')
      if (confirm !== context.spec.id) {
        throw new ExpectedError({
          code: 'invalid_input',
          message: `To destroy ${context.spec.title}, its name must be typed: ${context.spec.id}.`,
          hint: 'Nothing was removed.',
          retryable: false,
        })
      }
      const journal = journalOf(deps, context)
      const madeHere = journal.madeHere()
      for (const resource of inOrder(resourcesOf(deps, context, {})).reverse())
        yield* destroyOne(resource, madeHere, journal, clock, signal)
    },
  }
}

const journalOf = (deps: ProvisionDeps, context: PipelineContext): ProvisionJournal =>
  provisionJournal(join(context.stateDir, 'provision', 'journal.jsonl'), deps.care)

function resourcesOf(deps: ProvisionDeps, context: PipelineContext, options: PlanOptions): Resource[] {
  const { spec } = context
  return [
    bucketResource(context, 'orchestration'),
    bucketResource(context, 'artifacts'),
    bucketResource(context, 'streaming'),
    streamResource(context, deps.clock, options.shards ?? spec.source.shards),
    ...Object.values(spec.roles).map(role => roleResource(context, role)),
    instanceProfileResource(context),
    clusterResource(context, deps.clock),
    schemaResource(context, deps.clock),
  ]
}

async function planOf(
  deps: ProvisionDeps,
  context: PipelineContext,
  clock: Clock,
  resources: readonly Resource[],
  signal: AbortSignal,
): Promise<Plan> {
  const madeHere = journalOf(deps, context).madeHere()
  const changes = await Promise.all(
    resources.map(async resource => planChange(resource, await resource.read(signal), madeHere.has(resource.id))),
  )
  const amount = changes.reduce((sum, change) => sum + (change.costPerHour?.amount ?? 0), 0)
  return { at: new Date(clock.now()).toISOString(), changes, costPerHour: { amount, currency: 'USD', estimated: true } }
}

async function* applyOne(
  resource: Resource,
  change: Change,
  journal: ProvisionJournal,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const verb = change.action === 'create' ? 'Create' : change.action === 'change' ? 'Change' : 'Keep'
  const tell = teller(clock, resource.id, `${verb} ${resource.kind} ${resource.name}`)
  if (change.action === 'keep') {
    yield tell('skipped', 'is as it must be')
    return
  }
  yield tell('running')
  if (change.action === 'create')
    await journal.write(resource.id, 'creating', new Date(clock.now()).toISOString(), signal)
  const work =
    change.action === 'create'
      ? resource.create(signal)
      : resource.change(
          change.differences.map(entry => entry.member),
          signal,
        )
  for await (const detail of work) yield tell('running', detail)
  if (change.action === 'create')
    await journal.write(resource.id, 'created', new Date(clock.now()).toISOString(), signal)
  yield tell('done')
}

async function* destroyOne(
  resource: Resource,
  madeHere: ReadonlySet<string>,
  journal: ProvisionJournal,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const tell = teller(clock, resource.id, `Destroy ${resource.kind} ${resource.name}`)
  if (!madeHere.has(resource.id)) {
    yield tell('skipped', 'was not made here')
    return
  }
  yield tell('running')
  if (await resource.read(signal)) for await (const detail of resource.destroy(signal)) yield tell('running', detail)
  await journal.write(resource.id, 'destroyed', new Date(clock.now()).toISOString(), signal)
  yield tell('done')
}
