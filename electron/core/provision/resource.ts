import type { Change } from '../../../shared/features/provision.ts'

/** Members of a resource as short text, for comparing and for showing. */
export type Members = Record<string, string>
export type Difference = Change['differences'][number]

/** How differences are put right, and what that means for what is there. */
export interface Remedy {
  action: 'change' | 'replace'
  /** What is taken away, taken over or ended: with one, the resource's name must be typed. */
  effects?: string[]
  /** Why it is not done by apply, and what to do instead. */
  blocked?: string
}

/** One thing that a pipeline needs: what it must be, how to see what it is, and how to make it so. */
export interface Resource {
  id: string
  kind: Change['kind']
  name: string
  dependsOn: string[]
  /** Each attribute that `create` sets and a plan compares; none of what is shared. */
  must: Members
  /** Why it is others', too: where it is there it is used as it is, and it is never changed or removed. */
  shared?: string
  costPerHour?: { amount: number; currency: 'USD'; source: string }
  /**
   * The IAM actions of each way, in the order of the calls. Whatever is done, it is read before, so that `read` is
   * needed beside the others.
   */
  permissions: {
    read: string[]
    create: string[]
    change: (differences: readonly Difference[]) => string[]
    destroy: string[]
  }
  /**
   * What it is now, each member of `must` among it; undefined when it is not there. `madeHere`: as the journal says.
   */
  read(signal: AbortSignal, madeHere?: boolean): Promise<Members | undefined>
  /** What a refused read may mean beside a permission that is missing. */
  deniedMeans?(permission: string): string | undefined
  /** Asked when something differs; without it, that is changed in place and means nothing else. */
  remedy?(differences: readonly Difference[], madeHere: boolean, signal: AbortSignal): Promise<Remedy>
  /** Each yields what it is doing; done when it ends. All can be repeated after a kill. */
  create(signal: AbortSignal): AsyncIterable<string>
  change(differing: string[], signal: AbortSignal): AsyncIterable<string>
  destroy(signal: AbortSignal): AsyncIterable<string>
}

/** What a member is when it is not there. */
export const NOT_SET = 'not set'

export const differencesOf = (must: Members, is: Members): Difference[] =>
  Object.entries(must).flatMap(([member, wanted]) =>
    is[member] === wanted ? [] : [{ member, is: is[member] ?? NOT_SET, must: wanted }],
  )

/** A resource that could not be read: why, in words, and the permission that it needs where that is the reason. */
export interface Unreadable {
  why: string
  permission: string | undefined
}

type Seen = { is: Members | undefined; remedy?: Remedy } | { unreadable: Unreadable }

/** What must be done about a resource, from what was seen of it: pure, so that a plan can be tested without a cloud. */
export function planChange(resource: Resource, seen: Seen, madeHere: boolean): Change {
  const { id, kind, name, dependsOn, costPerHour } = resource
  const common = { id, kind, name, dependsOn, madeHere, ...(costPerHour && { costPerHour }) }
  if ('unreadable' in seen) {
    const { why, permission } = seen.unreadable
    return {
      ...common,
      action: 'unreadable',
      differences: [],
      permissions: permission ? [permission] : [],
      effects: [],
      blocked: `cannot be read: ${why}`,
    }
  }
  const { is, remedy } = seen
  const differences = is ? differencesOf(resource.must, is) : []
  const action = !is ? 'create' : differences.length === 0 ? 'keep' : (remedy?.action ?? 'change')
  const effects = remedy?.effects ?? []
  return {
    ...common,
    action,
    differences,
    permissions: permissionsOf(resource, action, differences),
    effects,
    ...(remedy?.blocked && { blocked: remedy.blocked }),
    ...((action === 'replace' || effects.length > 0) && { confirm: name }),
  }
}

function permissionsOf(
  { permissions }: Resource,
  action: 'create' | 'keep' | 'change' | 'replace',
  differences: readonly Difference[],
): string[] {
  if (action === 'keep') return []
  if (action === 'change') return permissions.change(differences)
  if (action === 'create') return permissions.create
  return [...new Set([...permissions.destroy, ...permissions.create])]
}

/**
 * Something to do about a resource whose dependency apply leaves alone is left alone, too, and says for whom it waits.
 */
export function blockDependents(changes: readonly Change[]): Change[] {
  const blocked = new Map<string, Change>()
  for (const change of inOrder(changes)) {
    const culprit = change.dependsOn.map(id => blocked.get(id)).find(Boolean)
    const isToDo = change.action !== 'keep' && change.action !== 'unreadable'
    const words = change.blocked ?? (culprit && isToDo ? `needs ${culprit.id}, which ${culprit.blocked}` : undefined)
    if (words !== undefined) blocked.set(change.id, { ...change, blocked: words })
  }
  return changes.map(change => blocked.get(change.id) ?? change)
}

/**
 * Resources in an order in which each comes behind those that it depends on.
 * @throws Error when they depend on each other in a circle
 */
export function inOrder<R extends { id: string; dependsOn: string[] }>(resources: readonly R[]): R[] {
  const done = new Set<string>()
  const ordered: R[] = []
  const known = new Set(resources.map(resource => resource.id))
  while (ordered.length < resources.length) {
    const ready = resources.filter(
      resource => !done.has(resource.id) && resource.dependsOn.every(id => done.has(id) || !known.has(id)),
    )
    if (ready.length === 0) throw new Error('Resources depend on each other in a circle')
    for (const resource of ready) {
      done.add(resource.id)
      ordered.push(resource)
    }
  }
  return ordered
}
