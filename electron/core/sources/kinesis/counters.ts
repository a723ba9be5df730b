import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { type Arrived, type StreamCounters, sumOf } from '../received.ts'
import type { MetricQuery, ReadMetrics } from './metric-calls.ts'

/** CloudWatch gives at most 100,800 points a call; 1,440 a metric stay far below with the queries of one call. */
const MAX_POINTS = 1_440
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/**
 * Counts are asked for beyond now: this machine's clock may be behind that of AWS, and a clock that was set back leaves
 * records of the sandbox at minutes that are still to come. CloudWatch answers with the points that there are.
 */
const AHEAD_MS = DAY_MS
const AHEAD_IN_SANDBOX_MS = 3_650 * DAY_MS
/**
 * CloudWatch keeps points of a minute for 15 days, of 5 minutes for 63, of an hour for 455 (API reference,
 * GetMetricData): older ones answer to nothing finer.
 */
const FINEST_SECONDS = [
  { olderThanMs: 63 * DAY_MS, seconds: 3_600 },
  { olderThanMs: 15 * DAY_MS, seconds: 300 },
]

/** The period, in seconds, in which the time since `ageMs` ago fits into the points of a call. */
export function periodFor(ageMs: number): number {
  // A minute of room: the start is rounded down, and the end is in the running minute.
  const finest = FINEST_SECONDS.find(entry => ageMs + MINUTE_MS > entry.olderThanMs)?.seconds ?? 60
  const minutes = Math.max(1, Math.ceil(ageMs / MINUTE_MS) + 1)
  return finest * Math.ceil((60 * minutes) / MAX_POINTS / finest)
}

/**
 * What the stream says it received since `since`: CloudWatch's IncomingRecords and IncomingBytes, of the stream and
 * (enhanced monitoring) of each shard. Bytes are of data and partition key. On AWS the newest one or two minutes are
 * missing: hence `estimated`.
 */
export async function readStreamCounters(
  context: PipelineContext,
  { clock, readMetrics }: { clock: Clock; readMetrics: ReadMetrics },
  request: { since: Date; shardIds: readonly string[]; signal?: AbortSignal },
): Promise<StreamCounters> {
  const end = Math.max(clock.now(), request.since.getTime())
  const period = periodFor(end - request.since.getTime())
  const periodMs = period * 1000
  const start = Math.floor(request.since.getTime() / periodMs) * periodMs
  const { stream } = context.spec.source
  const queries = [undefined, ...request.shardIds].flatMap((shardId): MetricQuery[] =>
    ['IncomingRecords', 'IncomingBytes'].map(metric => ({
      metric,
      stream,
      shardId,
      periodSeconds: period,
      stat: 'Sum',
    })),
  )
  const toMs = end + (context.target.kind === 'sandbox' ? AHEAD_IN_SANDBOX_MS : AHEAD_MS)
  const points = await readMetrics(context, { queries, fromMs: start, toMs }, request.signal)
  const arrivals = (index: number): Arrived[] => {
    const bytes = points[2 * index + 1]
    return [...(points[2 * index] ?? [])]
      .sort(([a], [b]) => a - b)
      .map(([atMs, records]) => ({ atMs, lengthMs: periodMs, records, bytes: bytes?.get(atMs) ?? 0 }))
  }
  const streamArrivals = arrivals(0)
  const byShard = new Map(request.shardIds.map((shardId, index) => [shardId, arrivals(index + 1)]))
  return {
    stream: sumOf(streamArrivals),
    partitions: new Map([...byShard].map(([shardId, entries]) => [shardId, sumOf(entries)])),
    arrivals: byShard,
    streamArrivals,
    periodMs,
    source: {
      name: 'CloudWatch IncomingRecords, IncomingBytes',
      estimated: context.target.kind === 'aws',
      at: new Date(end).toISOString(),
    },
  }
}
