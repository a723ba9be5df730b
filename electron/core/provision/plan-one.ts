import type { Change } from '../../../shared/features/provision.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { missingPermission, toAppError } from '../errors/expected-error.ts'
import { differencesOf, planChange, type Resource } from './resource.ts'

/** These are errors of the target as a whole, not of one resource in it. */
const OF_THE_TARGET: ReadonlySet<AppError['code']> = new Set(['auth_expired', 'unavailable', 'cancelled', 'internal'])

/**
 * Reads one resource and says what must be done about it. A read that AWS refuses makes it `unreadable`.
 * @throws what is wrong with the target as a whole: no login, no network
 */
export async function planOne(resource: Resource, madeHere: boolean, signal: AbortSignal): Promise<Change> {
  try {
    const is = await resource.read(signal, madeHere)
    const differences = is ? differencesOf(resource.must, is) : []
    const remedy = differences.length > 0 ? await resource.remedy?.(differences, madeHere, signal) : undefined
    return planChange(resource, { is, ...(remedy && { remedy }) }, madeHere)
  } catch (error) {
    const known = toAppError(error)
    if (signal.aborted || OF_THE_TARGET.has(known.code)) throw error
    const permission = known.code === 'access_denied' ? missingPermission(error) : undefined
    const beside = permission && resource.deniedMeans?.(permission)
    const needed = `AccessDenied, needs the permission ${permission}${beside ? `, ${beside}` : ''}`
    const why = permission ? needed : [known.message, ...(known.hint ? [known.hint] : [])].join(' ')
    return planChange(resource, { unreadable: { why, permission } }, madeHere)
  }
}
