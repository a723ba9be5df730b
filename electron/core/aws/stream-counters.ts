import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { Source } from '../../../shared/features/scope.ts'
import type { Clock, PipelineContext } from '../pipeline-context.ts'

export interface Received {
  records: number
  bytes: number
}
export interface StreamCounters {
  stream: Received
  shards: ReadonlyMap<string, Received>
  source: Source
}

/** CloudWatch keeps 60-second points for 15 days and gives at most 100,800 points a call; 1,440 a metric stay far below with 500 queries. */
const MAX_POINTS = 1_440
const MAX_QUERIES_A_CALL = 500

/**
 * What the stream says it received since `since`: CloudWatch's IncomingRecords and IncomingBytes, summed, of the stream and (enhanced
 * monitoring) of each shard. Bytes are of data and partition key. On AWS the newest one or two minutes are missing: hence `estimated`.
 */
export async function readStreamCounters(
  context: PipelineContext,
  clock: Clock,
  request: { since: Date; shardIds: readonly string[]; signal?: AbortSignal },
): Promise<StreamCounters> {
  const end = clock.now()
  const minutes = Math.max(1, Math.ceil((end - request.since.getTime()) / 60_000) + 1)
  const period = 60 * Math.ceil(minutes / MAX_POINTS)
  const start = Math.floor(request.since.getTime() / (period * 1000)) * period * 1000
  const wanted = [undefined, ...request.shardIds].flatMap((shardId, index) => [
    metricQuery(`records${index}`, 'IncomingRecords', context.spec.source.stream, shardId, period),
    metricQuery(`bytes${index}`, 'IncomingBytes', context.spec.source.stream, shardId, period),
  ])
  const sums = new Map<string, number>()
  for (let first = 0; first < wanted.length; first += MAX_QUERIES_A_CALL) {
    const queries = wanted.slice(first, first + MAX_QUERIES_A_CALL)
    let token: string | undefined
    do {
      const page = await context.aws.cloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: queries,
          StartTime: new Date(start),
          EndTime: new Date(end + period * 1000),
          ...(token && { NextToken: token }),
        }),
        request.signal ? { abortSignal: request.signal } : {},
      )
      for (const { Id, Values } of page.MetricDataResults ?? []) {
        if (Id)
          sums.set(
            Id,
            (Values ?? []).reduce((sum, value) => sum + value, sums.get(Id) ?? 0),
          )
      }
      token = page.NextToken
    } while (token)
  }
  const received = (index: number): Received => ({
    records: sums.get(`records${index}`) ?? 0,
    bytes: sums.get(`bytes${index}`) ?? 0,
  })
  return {
    stream: received(0),
    shards: new Map(request.shardIds.map((shardId, index) => [shardId, received(index + 1)])),
    source: {
      name: 'CloudWatch IncomingRecords, IncomingBytes',
      estimated: context.target.kind === 'aws',
      at: new Date(end).toISOString(),
    },
  }
}

function metricQuery(id: string, metric: string, stream: string, shardId: string | undefined, period: number): MetricDataQuery {
  const dimensions = [{ Name: 'StreamName', Value: stream }, ...(shardId ? [{ Name: 'ShardId', Value: shardId }] : [])]
  return {
    Id: id,
    MetricStat: { Metric: { Namespace: 'AWS/Kinesis', MetricName: metric, Dimensions: dimensions }, Period: period, Stat: 'Sum' },
  }
}
