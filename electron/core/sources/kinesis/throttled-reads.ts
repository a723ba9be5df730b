import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'

/** GetRecords calls that Kinesis refused, of all readers of a stream together, in so many minutes up to now. */
export interface RefusedReads {
  calls: number
  minutes: number
}

/** Enough to tell a burst from what goes on. */
const MINUTES = 3
const MINUTE_MS = 60_000
/** On AWS a metric that is asked for is paid for, and comes once a minute. */
const HOLDS_MS = 15_000

export type ReadRefusedReads = (context: PipelineContext, signal?: AbortSignal) => Promise<RefusedReads>

/**
 * What CloudWatch counts as ReadProvisionedThroughputExceeded of the whole stream, which needs no enhanced monitoring.
 * On AWS the newest one or two minutes are missing.
 */
export function createRefusedReads(clock: Clock): ReadRefusedReads {
  const held = new Map<string, { askedMs: number; reads: RefusedReads }>()
  return async (context, signal) => {
    const StreamName = context.spec.source.stream
    const key = `${context.target.id}/${StreamName}`
    const askedMs = clock.monotonic()
    const before = held.get(key)
    if (before && askedMs - before.askedMs < HOLDS_MS) return before.reads
    const minuteMs = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS
    const { MetricDataResults = [] } = await context.aws.cloudWatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: [
          {
            Id: 'refused',
            MetricStat: {
              Metric: {
                Namespace: 'AWS/Kinesis',
                MetricName: 'ReadProvisionedThroughputExceeded',
                Dimensions: [{ Name: 'StreamName', Value: StreamName }],
              },
              Period: 60,
              Stat: 'Sum',
            },
          },
        ],
        StartTime: new Date(minuteMs - (MINUTES - 1) * MINUTE_MS),
        EndTime: new Date(minuteMs + MINUTE_MS),
      }),
      signal ? { abortSignal: signal } : {},
    )
    const calls = MetricDataResults.flatMap(entry => entry.Values ?? []).reduce((sum, value) => sum + value, 0)
    const reads = { calls, minutes: MINUTES }
    held.set(key, { askedMs, reads })
    return reads
  }
}
