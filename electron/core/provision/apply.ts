import type { Change, Plan } from '../../../shared/features/provision.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { reporter } from '../work/work.ts'
import type { ProvisionJournal } from './journal.ts'
import { changedSince, planId } from './plan-identity.ts'
import { planOne } from './plan-one.ts'
import { inOrder, type Resource } from './resource.ts'

interface Application {
  resources: readonly Resource[]
  /** The plan that the user saw. */
  shown: Pick<Plan, 'id' | 'changes'>
  /** What is to do as it stands now. */
  now: readonly Change[]
  /** Ids of the changes that are wanted; all without it. */
  only: readonly string[] | undefined
  /** The names that were typed. */
  confirm: readonly string[]
  journal: ProvisionJournal
  clock: Clock
}

/**
 * Does what was shown, or nothing. What must be left alone (unreadable, blocked) is reported, and so is at the end that
 * it was left.
 * @throws ExpectedError before the first change: `changed_since` when what is to do is not what was shown,
 * `unconfirmed` when something is taken away whose name was not typed
 */
export async function* applyPlan(asked: Application, signal: AbortSignal): AsyncGenerator<WorkEvent> {
  const { resources, shown, now, only } = asked
  const isWanted = ({ id }: { id: string }) => only?.includes(id) ?? true
  refuseAnother(shown)
  refuseChanged(shown.changes.filter(isWanted), now.filter(isWanted))
  refuseUnconfirmed(now.filter(isWanted), asked.confirm)
  const wanted = inOrder(resources).filter(isWanted)
  const left: Change[] = []
  for (const resource of wanted) {
    const change = now.find(entry => entry.id === resource.id)
    if (!change) continue
    if (change.blocked !== undefined && change.action !== 'unreadable') left.push(change)
    for await (const event of applyOne(asked, resource, change, signal)) yield { ...event, total: wanted.length }
  }
  if (left.length > 0) throw leftAlone(left)
}

function refuseAnother({ id, changes }: Pick<Plan, 'id' | 'changes'>): void {
  if (planId(changes) === id) return
  throw new ExpectedError({
    code: 'invalid_input',
    message: `The plan that was sent is not the plan ${id} that was shown. Nothing was changed.`,
    hint: 'Refresh the plan, and apply the new one as it is.',
    retryable: false,
  })
}

function refuseChanged(shown: readonly Change[], now: readonly Change[]): void {
  const details = changedSince(shown, now)
  if (details.length === 0) return
  throw new ExpectedError({
    code: 'conflict',
    reason: 'changed_since',
    message:
      `What is there has changed since the plan was shown (${details.length} of ${now.length}). Nothing was ` +
      'changed.',
    details,
    hint: 'Refresh the plan, check what differs, and apply the new one.',
    retryable: false,
  })
}

/** What a plan would do is asked of it as it stands now, and not of what was sent as shown. */
function refuseUnconfirmed(now: readonly Change[], typed: readonly string[]): void {
  const open = now.filter(
    ({ blocked, confirm }) => blocked === undefined && confirm !== undefined && !typed.includes(confirm),
  )
  if (open.length === 0) return
  const names = [...new Set(open.map(({ confirm }) => confirm))].join(', ')
  throw new ExpectedError({
    code: 'invalid_input',
    reason: 'unconfirmed',
    message: `To apply what takes something away, its name must be typed: ${names}. Nothing was changed.`,
    details: open.map(({ id, action, effects }) => `${id}: ${[action, ...effects].join('. ')}`),
    hint: 'Read what each of them takes away, then apply the same plan with these names.',
    retryable: false,
  })
}

const leftAlone = (left: readonly Change[]): ExpectedError =>
  new ExpectedError({
    code: left.some(change => change.blocked?.includes('needs the permission')) ? 'access_denied' : 'conflict',
    message: `${left.length} ${left.length === 1 ? 'change was' : 'changes were'} not applied; the others are done.`,
    details: left.map(change => `${change.id}: ${change.blocked}`),
    hint: 'Put right what each of them says, then refresh the plan.',
    retryable: false,
  })

const VERBS: Record<Change['action'], string> = {
  create: 'Create',
  change: 'Change',
  replace: 'Replace',
  keep: 'Keep',
  unreadable: 'Leave',
}

async function* applyOne(
  { journal, clock }: Application,
  resource: Resource,
  change: Change,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const report = reporter(clock, resource.id, `${VERBS[change.action]} ${resource.kind} ${resource.name}`)
  if (change.action === 'keep') {
    yield report('skipped', 'is as it must be')
    return
  }
  if (change.blocked !== undefined) {
    yield report(change.action === 'unreadable' ? 'skipped' : 'failed', `left alone: ${change.blocked}`)
    return
  }
  yield report('running')
  await refuseMoved(resource, change, signal)
  const write = (event: 'creating' | 'created') =>
    journal.write(resource.id, event, new Date(clock.now()).toISOString(), signal)
  const isMade = change.action !== 'change'
  if (change.action === 'replace') for await (const detail of resource.destroy(signal)) yield report('running', detail)
  if (isMade) await write('creating')
  const work = isMade
    ? resource.create(signal)
    : resource.change(
        change.differences.map(entry => entry.member),
        signal,
      )
  for await (const detail of work) yield report('running', detail)
  if (isMade) await write('created')
  yield report('done')
}

/** An apply takes minutes: what is about to be changed is read once more. */
async function refuseMoved(resource: Resource, change: Change, signal: AbortSignal): Promise<void> {
  const details = changedSince([change], [await planOne(resource, change.madeHere, signal)])
  if (details.length === 0) return
  throw new ExpectedError({
    code: 'conflict',
    reason: 'changed_since',
    message: `${resource.id} has changed while the plan was applied. It is left alone; what came before it is done.`,
    details,
    hint: 'Refresh the plan: the new one sees what is done.',
    retryable: false,
  })
}
