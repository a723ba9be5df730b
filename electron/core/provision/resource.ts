import type { Change } from '../../../shared/features/provision.ts'

/** Members of a resource as short text, for comparing and for showing. */
export type Members = Record<string, string>

/** One thing that a pipeline needs: what it must be, how to see what it is, and how to make it so. */
export interface Resource {
  id: string
  kind: Change['kind']
  name: string
  dependsOn: string[]
  must: Members
  costPerHour?: { amount: number; currency: 'USD'; source: string }
  /** The IAM actions of each way, in the order of the calls. */
  permissions: { create: string[]; change: string[]; destroy: string[] }
  /** What it is now; undefined when it is not there. */
  read(signal: AbortSignal): Promise<Members | undefined>
  /** Each yields what it is doing; done when it ends. All can be repeated after a kill. */
  create(signal: AbortSignal): AsyncIterable<string>
  change(differing: string[], signal: AbortSignal): AsyncIterable<string>
  destroy(signal: AbortSignal): AsyncIterable<string>
}

/** What must be done about a resource, from what it is: pure, so that a plan can be tested without a cloud. */
export function planChange(resource: Resource, is: Members | undefined, madeHere: boolean): Change {
  const differences = is
    ? Object.entries(resource.must).flatMap(([member, must]) =>
        is[member] === must ? [] : [{ member, is: is[member] ?? 'not set', must }],
      )
    : []
  const action = !is ? 'create' : differences.length > 0 ? 'change' : 'keep'
  return {
    id: resource.id,
    kind: resource.kind,
    name: resource.name,
    action,
    differences,
    permissions: action === 'keep' ? [] : resource.permissions[action],
    ...(resource.costPerHour && { costPerHour: resource.costPerHour }),
    dependsOn: resource.dependsOn,
    madeHere,
  }
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
