import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { Source } from '../../../../shared/features/scope.ts'
import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'

export interface Received {
  records: number
  bytes: number
}
/** What was received in one period of CloudWatch, [atMs, atMs + lengthMs). */
export interface Arrived extends Received {
  atMs: number
  lengthMs: number
}
export interface StreamCounters {
  stream: Received
  shards: ReadonlyMap<string, Received>
  /** By shard, oldest first; periods without a record are left out. */
  arrivals: ReadonlyMap<string, readonly Arrived[]>
  streamArrivals: readonly Arrived[]
  /** How long the periods are. */
  periodMs: number
  source: Source
}

/** CloudWatch gives at most 100,800 points a call; 1,440 a metric stay far below with the queries of one call. */
const MAX_POINTS = 1_440
const MAX_QUERIES_A_CALL = 500
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
  clock: Clock,
  request: { since: Date; shardIds: readonly string[]; signal?: AbortSignal },
): Promise<StreamCounters> {
  const end = Math.max(clock.now(), request.since.getTime())
  const period = periodFor(end - request.since.getTime())
  const periodMs = period * 1000
  const start = Math.floor(request.since.getTime() / periodMs) * periodMs
  const wanted = [undefined, ...request.shardIds].flatMap((shardId, index) => [
    metricQuery(`records${index}`, 'IncomingRecords', context.spec.source.stream, shardId, period),
    metricQuery(`bytes${index}`, 'IncomingBytes', context.spec.source.stream, shardId, period),
  ])
  const points = new Map<string, Map<number, number>>()
  for (let first = 0; first < wanted.length; first += MAX_QUERIES_A_CALL) {
    const queries = wanted.slice(first, first + MAX_QUERIES_A_CALL)
    let token: string | undefined
    do {
      const page = await context.aws.cloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: queries,
          StartTime: new Date(start),
          EndTime: new Date(end + (context.target.kind === 'sandbox' ? AHEAD_IN_SANDBOX_MS : AHEAD_MS)),
          ...(token && { NextToken: token }),
        }),
        request.signal ? { abortSignal: request.signal } : {},
      )
      for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
        const known = points.get(Id) ?? new Map<number, number>()
        points.set(Id, known)
        Timestamps.forEach((at, index) => void known.set(at.getTime(), Values[index] ?? 0))
      }
      token = page.NextToken
    } while (token)
  }
  const arrivals = (index: number): Arrived[] => {
    const bytes = points.get(`bytes${index}`)
    return [...(points.get(`records${index}`) ?? [])]
      .sort(([a], [b]) => a - b)
      .map(([atMs, records]) => ({ atMs, lengthMs: periodMs, records, bytes: bytes?.get(atMs) ?? 0 }))
  }
  const streamArrivals = arrivals(0)
  const byShard = new Map(request.shardIds.map((shardId, index) => [shardId, arrivals(index + 1)]))
  return {
    stream: sumOf(streamArrivals),
    shards: new Map([...byShard].map(([shardId, entries]) => [shardId, sumOf(entries)])),
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

/** All that was received in some periods. */
export function sumOf(entries: readonly Arrived[]): Received {
  let [records, bytes] = [0, 0]
  for (const entry of entries) {
    records += entry.records
    bytes += entry.bytes
  }
  return { records, bytes }
}

function metricQuery(
  id: string,
  metric: string,
  stream: string,
  shardId: string | undefined,
  period: number,
): MetricDataQuery {
  const dimensions = [{ Name: 'StreamName', Value: stream }, ...(shardId ? [{ Name: 'ShardId', Value: shardId }] : [])]
  return {
    Id: id,
    MetricStat: {
      Metric: { Namespace: 'AWS/Kinesis', MetricName: metric, Dimensions: dimensions },
      Period: period,
      Stat: 'Sum',
    },
  }
}
