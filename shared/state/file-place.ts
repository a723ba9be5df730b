import { existsSync, statSync } from 'node:fs'
import { type Damage, refuseOrRename, type StateCare } from './damage.ts'

/**
 * Treats what is no file in the place of one, a folder mostly, as a damaged file: it is renamed and returned, or
 * refused.
 * @throws DamagedState
 */
export function clearPlace(
  file: string,
  spec: { care: StateCare; lost: string; canGoOn: boolean },
): Damage | undefined {
  if (!existsSync(file) || statSync(file).isFile()) return undefined
  const damage = { file, what: 'it is no file', lost: spec.lost }
  refuseOrRename(damage, spec.care, spec.canGoOn)
  return damage
}
