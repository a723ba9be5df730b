import type { CallsMade } from '../../../shared/features/calls.ts'

/** What core asked of a target, by operation and by who asked. */
export function callsLines({ since, rows, minutes, budgets, prices }: CallsMade): string[] {
  if (rows.length === 0) return [`Nothing was asked since ${since}.`]
  const sum = (of: (minute: CallsMade['minutes'][number]) => number) =>
    minutes.reduce((total, minute) => total + of(minute), 0)
  const counts = (row: { calls: number; throttled: number; failed: number; usd: number }) =>
    `${row.calls} calls, ${row.throttled} throttled, ${row.failed} failed, ${row.usd.toFixed(6)} USD`
  return [
    ...rows.map(row => `${row.service}:${row.operation} by ${[row.by, row.name].join(' ').trim()}: ${counts(row)}`),
    `Since ${since}: ${sum(minute => minute.calls)} calls, ${sum(minute => minute.throttled)} throttled, ${sum(
      minute => minute.failed,
    )} failed, ${sum(minute => minute.usd).toFixed(6)} USD (estimated, list prices)`,
    ...budgets.map(
      ({ service, perMinute, lastMinute, waited }) =>
        `Polls of ${service}: ${lastMinute} of ${perMinute} a minute; ${waited} waited for it`,
    ),
    ...prices.map(({ what, usd, per, source, readOn }) => `${what}: ${usd} USD for ${per} (${source}, ${readOn})`),
  ]
}
