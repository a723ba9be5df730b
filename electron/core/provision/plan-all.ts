import type { Change } from '../../../shared/features/provision.ts'
import { planOne } from './plan-one.ts'
import { blockDependents, type Resource } from './resource.ts'

/** Reads everything at once. What cannot be read costs its own row, and holds back only what depends on it. */
export async function planAll(
  resources: readonly Resource[],
  madeHere: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Change[]> {
  const changes = resources.map(resource => planOne(resource, madeHere.has(resource.id), signal))
  return blockDependents(await Promise.all(changes))
}
