import type { Change, Plan } from '../../../../shared/features/provision.ts'
import { table } from '../text.ts'

/** What apply does: neither what is as it must be, nor what it leaves alone. */
export const isToDo = ({ action, blocked }: Change): boolean =>
  action !== 'keep' && action !== 'unreadable' && blocked === undefined

/** The names that must be typed, each once. */
export const namesToType = ({ changes }: Pick<Plan, 'changes'>): string[] => [
  ...new Set(changes.filter(isToDo).flatMap(({ confirm }) => confirm ?? [])),
]

/** A plan to read: a row a resource, then what differs, what is taken away and what is left alone. */
export function planLines(plan: Plan): string[] {
  const [toDo, left] = [plan.changes.filter(isToDo), plan.changes.filter(({ blocked }) => blocked !== undefined)]
  const kept = plan.changes.length - toDo.length - left.length
  return [
    ...table([
      ['action', 'what', 'USD an hour', 'permissions'],
      ...plan.changes.map(change => [
        change.action,
        change.id,
        change.costPerHour?.amount.toFixed(3) ?? '',
        change.permissions.join(', '),
      ]),
    ]),
    ...plan.changes.flatMap(change => [
      ...change.differences.map(({ member, is, must }) => `${change.id}: ${member} is ${is}, must be ${must}`),
      ...change.effects.map(effect => `${change.id}: ${effect}`),
      ...(change.blocked === undefined ? [] : [`${change.id}: left alone, ${change.blocked}`]),
      ...(isToDo(change) && change.confirm !== undefined
        ? [`${change.id}: is applied only if its name is typed: ${change.confirm}`]
        : []),
    ]),
    `plan ${plan.id}: ${toDo.length} to apply, ${left.length} left alone, ${kept} as they must be`,
    `about ${plan.costPerHour.amount.toFixed(2)} USD an hour on AWS (estimated)`,
  ]
}
