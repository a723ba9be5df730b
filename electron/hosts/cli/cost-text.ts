import type { Cost, SwitchState } from '../../../shared/features/cost.ts'
import { limitWords } from '../../../shared/limit.ts'

const usd = (amount: number | null): string => (amount === null ? 'not known' : `${amount.toFixed(2)} USD`)

/** What runs costs, and what stops it. */
export function costLines({ items, usdPerHour, usdSoFar, leftOut, switch: state }: Cost): string[] {
  return [
    ...items.flatMap(({ id, usdPerHour: hourly, usdSoFar: soFar, since, how, source, readOn }) => [
      `${id}: ${usd(hourly)} an hour, ${usd(soFar)} since ${since} (estimated)`,
      `  ${how}`,
      `  ${source}${readOn === null ? '' : `, read in ${readOn}`}`,
    ]),
    items.length === 0
      ? 'Nothing runs that is paid by the hour.'
      : `Together: ${usd(usdPerHour)} an hour, ${usd(usdSoFar)} so far (estimated, list prices)`,
    ...leftOut.map(({ what, why }) => `Left out: ${what}: ${why}`),
    switchLine(state),
  ]
}

export function switchLine({ state, limit, stopAt, clusterId, notMoved }: SwitchState): string {
  if (limit === null) return 'Nothing stops the cluster: sluice limit --hours 4'
  const words = limitWords(limit)
  if (state === 'waiting') return `Limit: ${words}. The next apply makes it with the cluster.`
  const left = notMoved === null ? '' : `; not moved on: ${notMoved}`
  return `Limit: ${words}. EventBridge Scheduler stops ${clusterId} at ${stopAt}${left}.`
}
