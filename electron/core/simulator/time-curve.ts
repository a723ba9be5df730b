import type { SimulatorSpec } from '../../../shared/pipelines/simulator-spec.ts'

const HOURS_A_WEEK = 168
const HOUR_MS = 3_600_000

/**
 * The event time of the n-th event: events arrive by the week's curve, `eventsPerDay` on an average day. By the inverse
 * of the cumulative curve, so any n is found at once; `jitter` in [0, 1) spreads an event within its own place, and
 * times never fall with n.
 */
export function timeCurve(spec: SimulatorSpec): (n: number, jitter: number) => number {
  const epochMs = Date.parse(spec.epoch)
  const weights = Array.from(
    { length: HOURS_A_WEEK },
    (_, hour) => (spec.weekdays[Math.floor(hour / 24)] ?? 1) * (spec.hours[hour % 24] ?? 1),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const ends: number[] = []
  for (const weight of weights) ends.push((ends.at(-1) ?? 0) + weight / total)
  const perWeek = spec.eventsPerDay * 7
  return (n, jitter) => {
    const place = (n + jitter) / perWeek
    const week = Math.floor(place)
    const share = place - week
    let low = 0
    let high = HOURS_A_WEEK - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ends[middle] ?? 1) <= share) low = middle + 1
      else high = middle
    }
    const start = low === 0 ? 0 : (ends[low - 1] ?? 0)
    const within = (share - start) / ((ends[low] ?? 1) - start)
    return Math.floor(epochMs + (week * HOURS_A_WEEK + low + within) * HOUR_MS)
  }
}
