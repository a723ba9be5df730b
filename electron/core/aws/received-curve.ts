import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import type { Source } from '../../../shared/features/scope.ts'
import type { Clock, PipelineContext } from '../pipeline-context.ts'

/** What came in one period; `atMs` is its start. */
export interface Received {
  atMs: number
  records: number
  bytes: number
}

/** What each shard received over time, as the stream counted it. */
export interface ReceivedCurve {
  periodMs: number
  endMs: number
  /** Oldest first; a shard that CloudWatch knows nothing of is not there. */
  shards: ReadonlyMap<string, readonly Received[]>
  /** Of the whole stream, shards included that are asked for no more. Where it is more than the shards have, their own counts are not whole. */
  streamRecords: number
  source: Source
}

/**
 * CloudWatch keeps 60-second points for 15 days, of 5 minutes for 63 days and of an hour for 455 days (API reference, GetMetricData). Days and hours
 * here keep a shard below some 1,500 points.
 */
const PERIODS: readonly { upToMs: number; periodMs: number }[] = [
  { upToMs: 26 * 3_600_000, periodMs: 60_000 },
  { upToMs: 5 * 86_400_000, periodMs: 300_000 },
  { upToMs: Number.POSITIVE_INFINITY, periodMs: 3_600_000 },
]
const MAX_QUERIES_A_CALL = 500

/** Reads IncomingRecords and IncomingBytes of shards since a time. Costs no read of the stream. */
export async function readReceivedCurve(
  context: PipelineContext,
  clock: Clock,
  request: { since: Date; shardIds: readonly string[]; signal?: AbortSignal },
): Promise<ReceivedCurve> {
  const endMs = clock.now()
  const ageMs = endMs - request.since.getTime()
  const { periodMs } = PERIODS.find(entry => ageMs <= entry.upToMs) as { periodMs: number }
  const startMs = Math.floor(request.since.getTime() / periodMs) * periodMs
  const places = [undefined, ...request.shardIds]
  const queries = places.flatMap((shardId, index) =>
    (['IncomingRecords', 'IncomingBytes'] as const).map(metric => ({
      Id: `${metric === 'IncomingRecords' ? 'records' : 'bytes'}${index}`,
      MetricStat: {
        Metric: {
          Namespace: 'AWS/Kinesis',
          MetricName: metric,
          Dimensions: [
            { Name: 'StreamName', Value: context.spec.source.stream },
            ...(shardId ? [{ Name: 'ShardId', Value: shardId }] : []),
          ],
        },
        Period: periodMs / 1000,
        Stat: 'Sum',
      },
    })),
  )
  const points = new Map<string, Map<number, number>>()
  for (let first = 0; first < queries.length; first += MAX_QUERIES_A_CALL) {
    let token: string | undefined
    do {
      const page = await context.aws.cloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: queries.slice(first, first + MAX_QUERIES_A_CALL),
          StartTime: new Date(startMs),
          EndTime: new Date(endMs + periodMs),
          ...(token && { NextToken: token }),
        }),
        request.signal ? { abortSignal: request.signal } : {},
      )
      for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
        const known = points.get(Id) ?? new Map<number, number>()
        points.set(Id, known)
        Timestamps.forEach((time, place) => {
          known.set(time.getTime(), (known.get(time.getTime()) ?? 0) + (Values[place] ?? 0))
        })
      }
      token = page.NextToken
    } while (token)
  }
  const curve = (index: number): Received[] => {
    const bytes = points.get(`bytes${index}`)
    return [...(points.get(`records${index}`) ?? [])]
      .map(([atMs, records]) => ({ atMs, records, bytes: bytes?.get(atMs) ?? 0 }))
      .sort((a, b) => a.atMs - b.atMs)
  }
  const shards = new Map(request.shardIds.map((shardId, index) => [shardId, curve(index + 1)]))
  return {
    periodMs,
    endMs,
    shards,
    streamRecords: curve(0).reduce((total, entry) => total + entry.records, 0),
    source: {
      name: 'CloudWatch IncomingRecords, IncomingBytes',
      estimated: context.target.kind === 'aws',
      at: new Date(endMs).toISOString(),
    },
  }
}
