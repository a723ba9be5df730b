import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { ThrottledReads } from '../source.ts'
import type { ReadMetrics } from './metric-calls.ts'

/** Enough to distinguish a burst from what goes on. */
const MINUTES = 3
const MINUTE_MS = 60_000
/** On AWS a metric that is asked for is paid for, and comes once a minute. */
const HOLDS_MS = 15_000

type ReadThrottledReads = (context: PipelineContext, signal?: AbortSignal) => Promise<ThrottledReads>

/**
 * What CloudWatch counts as ReadProvisionedThroughputExceeded of the whole stream, which needs no enhanced monitoring.
 * On AWS the newest one or two minutes are missing.
 */
export function createThrottledReads(clock: Clock, readMetrics: ReadMetrics): ReadThrottledReads {
  const held = new Map<string, { askedMs: number; reads: ThrottledReads }>()
  return async (context, signal) => {
    const StreamName = context.spec.source.stream
    const key = `${context.target.id}/${StreamName}`
    const askedMs = clock.monotonic()
    const before = held.get(key)
    if (before && askedMs - before.askedMs < HOLDS_MS) return before.reads
    const minuteMs = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS
    const [points = new Map<number, number>()] = await readMetrics(
      context,
      {
        queries: [
          {
            metric: 'ReadProvisionedThroughputExceeded',
            stream: StreamName,
            shardId: undefined,
            periodSeconds: 60,
            stat: 'Sum',
          },
        ],
        fromMs: minuteMs - (MINUTES - 1) * MINUTE_MS,
        toMs: minuteMs + MINUTE_MS,
      },
      signal,
    )
    const calls = [...points.values()].reduce((sum, value) => sum + value, 0)
    const reads = { calls, minutes: MINUTES, countedBy: 'CloudWatch ReadProvisionedThroughputExceeded' }
    held.set(key, { askedMs, reads })
    return reads
  }
}
