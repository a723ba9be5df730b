import { createHash } from 'node:crypto'
import type { Change } from '../../../shared/features/provision.ts'

/** What apply would do about a resource, as text that is the same only if it would do the same. */
const contentOf = ({ id, action, differences, permissions, effects, blocked, costPerHour }: Change): string =>
  JSON.stringify([
    id,
    action,
    differences.map(({ member, is, must }) => [member, is, must]),
    permissions,
    effects,
    blocked ?? null,
    costPerHour?.amount ?? null,
  ])

/** Names a plan by its content: two plans of one name do the same. */
export const planId = (changes: readonly Change[]): string =>
  createHash('sha256').update(changes.map(contentOf).sort().join('\n')).digest('hex').slice(0, 12)

const LONGEST_VALUE = 60
const short = (text: string): string =>
  text.length <= LONGEST_VALUE ? text || 'nothing' : `${text.slice(0, LONGEST_VALUE)}…`

/** A change in words, for the one who reads what differs. */
export function inWords({ action, differences, blocked }: Change): string {
  if (action === 'unreadable') return blocked ?? action
  const members = differences.map(({ member, is, must }) => `${member} ${short(is)} → ${short(must)}`).join(', ')
  return [members ? `${action} (${members})` : action, blocked].filter(Boolean).join('; ')
}

/**
 * What apply would do now, against what was shown: a line for each resource that differs; none when all is the same.
 */
export function changedSince(shown: readonly Change[], now: readonly Change[]): string[] {
  const before = new Map(shown.map(change => [change.id, change]))
  const after = new Map(now.map(change => [change.id, change]))
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(id => {
    const was = before.get(id)
    const is = after.get(id)
    if (was && is && contentOf(was) === contentOf(is)) return []
    if (!was) return [`${id}: was not in the plan, now ${is && inWords(is)}`]
    if (!is) return [`${id}: was ${inWords(was)}, is no longer in the plan`]
    const [said, says] = [inWords(was), inWords(is)]
    return [said === says ? `${id}: ${says}, with other effects` : `${id}: was ${said}, now ${says}`]
  })
}
