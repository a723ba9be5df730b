import type { WorkEvent } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { PIPELINE_TAG } from '../clusters/find-cluster.ts'
import { reporter } from '../work/work.ts'
import type { ProvisionJournal } from './journal.ts'
import { inOrder, type Resource } from './resource.ts'

interface Destruction {
  resources: readonly Resource[]
  journal: ProvisionJournal
  clock: Clock
}

/** Resources that stay, by their ids, and why. */
type Left = Map<string, string>

/**
 * Removes what stands in the journal and carries the pipeline's tag, and nothing else; then reads whether any of what
 * was made here is still there.
 * @throws ExpectedError `conflict` that lists what is left, why, and what it costs a day
 */
export async function* destroyAll(asked: Destruction, signal: AbortSignal): AsyncGenerator<WorkEvent> {
  const madeHere = asked.journal.madeHere()
  const resources = inOrder(asked.resources).reverse()
  const left: Left = new Map()
  const total = resources.length + 1
  for (const resource of resources)
    for await (const event of destroyOne(asked, resource, madeHere, left, signal)) yield { ...event, total }
  const made = resources.filter(({ id, shared }) => madeHere.has(id) && shared === undefined)
  const report = reporter(asked.clock, 'proof', 'Look for what is left')
  yield { ...report('running', `reading ${made.length} resources again`), total }
  for (const { id, read } of made) if (!left.has(id) && (await read(signal, true))) left.set(id, 'is still there')
  if (left.size > 0) {
    yield { ...report('failed', `${left.size} of ${made.length} are left`), total }
    throw leftBehind(made, left)
  }
  const nothing = `nothing is left of what was made here: ${made.length} were read again, each where it was`
  yield { ...report('done', made.length === 0 ? 'nothing was made here' : nothing), total }
}

async function* destroyOne(
  { resources, journal, clock }: Destruction,
  resource: Resource,
  madeHere: ReadonlySet<string>,
  left: Left,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { id, kind, name, shared } = resource
  const report = reporter(clock, id, `Destroy ${kind} ${name}`)
  if (!madeHere.has(id)) {
    yield report('skipped', 'was not made here')
    return
  }
  if (shared !== undefined) {
    yield report('skipped', `left alone: ${shared}`)
    return
  }
  const user = resources.find(other => left.has(other.id) && other.dependsOn.includes(id))
  const is = user ? undefined : await resource.read(signal, true)
  const why = user ? `${user.id} needs it, which stays` : is && whyNotOurs(resource, is)
  if (why !== undefined) {
    left.set(id, why)
    yield report('failed', `left alone: ${why}`)
    return
  }
  yield report('running')
  if (is) for await (const detail of resource.destroy(signal)) yield report('running', detail)
  await journal.write(id, 'destroyed', new Date(clock.now()).toISOString(), signal)
  yield report('done')
}

/** What is removed says itself that it is the pipeline's, where its kind can be tagged. */
function whyNotOurs({ must }: Resource, is: Record<string, string>): string | undefined {
  const wanted = must[PIPELINE_TAG]
  const tag = is[PIPELINE_TAG]
  return wanted === undefined || tag === wanted
    ? undefined
    : `its tag ${PIPELINE_TAG} is ${tag}, and ${wanted} on what was made here`
}

function leftBehind(made: readonly Resource[], left: Left): ExpectedError {
  const lines = made.flatMap(({ id, costPerHour }) => {
    const why = left.get(id)
    const cost = costPerHour ? ` (about ${(costPerHour.amount * 24).toFixed(2)} USD a day, ${costPerHour.source})` : ''
    return why === undefined ? [] : [`${id}: ${why}${cost}`]
  })
  return new ExpectedError({
    code: 'conflict',
    message: `${left.size} of ${made.length} resources that were made here are left.`,
    details: lines,
    hint:
      `Of those that are this pipeline's, put the tag ${PIPELINE_TAG} back (an apply does that), then destroy again; ` +
      'remove others by hand.',
    retryable: false,
  })
}
