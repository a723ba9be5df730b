import { z } from 'zod'
import { AwsError } from '../server/aws-error.ts'
import type { CloudWatchState } from './state.ts'
import { type Point, statistics } from './statistics.ts'

export const Dimension = z.object({ Name: z.string(), Value: z.string() })

/** The points of a metric over [fromMs, toMs), by the period, oldest first. @throws AwsError `ValidationError` */
export function readMetric(
  state: CloudWatchState,
  metric: { Namespace: string; MetricName: string; Dimensions: z.output<typeof Dimension>[] },
  period: number,
  stat: string,
  fromMs: number,
  toMs: number,
): Point[] {
  if (period % 60 !== 0)
    throw new AwsError(
      'ValidationError',
      'The parameter Period must be a multiple of 60 for the metrics of AWS/Kinesis.',
    )
  if (metric.Namespace !== 'AWS/Kinesis') return []
  const dimension = (name: string) => metric.Dimensions.find(entry => entry.Name === name)?.Value
  const stream = dimension('StreamName')
  if (stream === undefined) return []
  // AWS rounds the start down to the period: the first point is of a whole period.
  const periodMs = period * 1000
  const startMs = Math.floor(fromMs / periodMs) * periodMs
  const minutes = state.streams.read({
    stream,
    shardId: dimension('ShardId'),
    metric: metric.MetricName,
    fromMs: startMs,
    toMs,
  })
  return statistics(minutes ?? [], period, stat)
}
