import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'

/** API reference, GetMetricData. */
const MAX_QUERIES_A_CALL = 500
/**
 * On AWS a metric has a new value once a minute, and each that is asked for is paid for: what was given holds this
 * long.
 */
const HOLDS_MS = 15_000
/** What was asked for this lately is asked for along with others, in one call. */
const RIDES_MS = 60_000

export interface MetricQuery {
  metric: string
  stream: string
  shardId: string | undefined
  periodSeconds: number
  stat: 'Sum' | 'Maximum'
}
interface Window {
  fromMs: number
  toMs: number
}
/** The value of each period, by its start; of each query, in their order. */
type Points = ReadonlyMap<number, number>

export type ReadMetrics = (
  context: PipelineContext,
  request: { queries: readonly MetricQuery[] } & Window,
  signal?: AbortSignal,
) => Promise<Points[]>

interface Known extends Window {
  query: MetricQuery
  /** When somebody last wanted it, and when CloudWatch was last asked, monotonic. */
  wantedMs: number
  readMs: number
  points: Points
}

/**
 * Asks CloudWatch for metrics of streams. On AWS all that a page and its figures want is one call: what was wanted
 * lately is asked for with what is wanted now, and is there when it is wanted next.
 */
export function createMetricCalls(clock: Clock): ReadMetrics {
  const known = new Map<string, Known>()
  return async (context, { queries, fromMs, toMs }, signal) => {
    if (context.target.kind === 'sandbox') return call(context, { queries, fromMs, toMs }, signal)
    const keyOf = (query: MetricQuery) => `${context.target.id} ${context.target.region} ${JSON.stringify(query)}`
    const askedMs = clock.monotonic()
    for (const [key, { wantedMs }] of known) if (askedMs - wantedMs > RIDES_MS) known.delete(key)
    const isThere = (entry: Known | undefined) =>
      entry !== undefined && askedMs - entry.readMs < HOLDS_MS && entry.fromMs <= fromMs
    const within = (points: Points): Points => new Map([...points].filter(([atMs]) => atMs >= fromMs && atMs < toMs))
    const place = `${context.target.id} ${context.target.region} `
    if (queries.every(query => isThere(known.get(keyOf(query)))))
      return queries.map(query => {
        const entry = known.get(keyOf(query)) as Known
        entry.wantedMs = askedMs
        return within(entry.points)
      })
    const own = new Set(queries.map(keyOf))
    const riders = [...known].filter(([key, entry]) => key.startsWith(place) && !own.has(key) && !isThere(entry))
    // What does not fit into the one call is asked for by whoever wants it next.
    const room = Math.max(0, MAX_QUERIES_A_CALL - (queries.length % MAX_QUERIES_A_CALL))
    const others = riders.slice(0, room).map(([, entry]) => entry)
    const asked = [...queries, ...others.map(({ query }) => query)]
    const start = Math.min(fromMs, ...others.map(entry => entry.fromMs))
    const end = Math.max(toMs, ...others.map(entry => entry.toMs))
    const found = await call(context, { queries: asked, fromMs: start, toMs: end }, signal)
    asked.forEach((query, place) => {
      const before = known.get(keyOf(query))
      known.set(keyOf(query), {
        query,
        fromMs: start,
        toMs: place < queries.length ? toMs : (before?.toMs ?? toMs),
        wantedMs: place < queries.length ? askedMs : (before?.wantedMs ?? askedMs),
        readMs: askedMs,
        points: found[place] ?? new Map(),
      })
    })
    return found.slice(0, queries.length).map(within)
  }
}

async function call(
  { aws }: PipelineContext,
  { queries, fromMs, toMs }: { queries: readonly MetricQuery[] } & Window,
  signal: AbortSignal | undefined,
): Promise<Points[]> {
  const points = queries.map(() => new Map<number, number>())
  const wanted = queries.map(queryOf)
  for (let first = 0; first < wanted.length; first += MAX_QUERIES_A_CALL) {
    let token: string | undefined
    do {
      const page = await aws.cloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: wanted.slice(first, first + MAX_QUERIES_A_CALL),
          StartTime: new Date(fromMs),
          EndTime: new Date(toMs),
          ...(token && { NextToken: token }),
        }),
        signal ? { abortSignal: signal } : {},
      )
      for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? [])
        Timestamps.forEach((at, place) => void points[Number(Id.slice(1))]?.set(at.getTime(), Values[place] ?? 0))
      token = page.NextToken
    } while (token)
  }
  return points
}

function queryOf({ metric, stream, shardId, periodSeconds, stat }: MetricQuery, place: number): MetricDataQuery {
  const Dimensions = [{ Name: 'StreamName', Value: stream }, ...(shardId ? [{ Name: 'ShardId', Value: shardId }] : [])]
  return {
    Id: `m${place}`,
    MetricStat: {
      Metric: { Namespace: 'AWS/Kinesis', MetricName: metric, Dimensions },
      Period: periodSeconds,
      Stat: stat,
    },
  }
}
