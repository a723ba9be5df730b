import { AwsError } from '../server/aws-error.ts'

/** A minute of a metric. */
interface Minute {
  minuteMs: number
  sum: number
  count: number
  max: number
  min: number
}
export interface Point {
  atMs: number
  value: number
}

/**
 * Minutes put together to periods, oldest first; a period with no sample has no point. @throws AwsError
 * `ValidationError` for another statistic
 */
export function statistics(minutes: readonly Minute[], periodSeconds: number, stat: string): Point[] {
  const pick = STATISTICS[stat]
  if (!pick)
    throw new AwsError(
      'ValidationError',
      `The value ${stat} for parameter Stat is not supported: ${Object.keys(STATISTICS).join(', ')}.`,
    )
  const periodMs = periodSeconds * 1000
  const periods = new Map<number, Minute>()
  for (const minute of minutes) {
    const atMs = Math.floor(minute.minuteMs / periodMs) * periodMs
    const known = periods.get(atMs)
    periods.set(atMs, {
      minuteMs: atMs,
      sum: (known?.sum ?? 0) + minute.sum,
      count: (known?.count ?? 0) + minute.count,
      max: Math.max(known?.max ?? minute.max, minute.max),
      min: Math.min(known?.min ?? minute.min, minute.min),
    })
  }
  return [...periods.values()].map(period => ({ atMs: period.minuteMs, value: pick(period) }))
}

const STATISTICS: Record<string, (minute: Minute) => number> = {
  Sum: minute => minute.sum,
  SampleCount: minute => minute.count,
  Average: minute => minute.sum / minute.count,
  Maximum: minute => minute.max,
  Minimum: minute => minute.min,
}
