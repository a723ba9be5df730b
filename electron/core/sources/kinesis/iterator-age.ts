import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { IteratorAge } from '../../../../shared/features/other-consumer.ts'
import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { describeStream } from './describe-stream.ts'

/** CloudWatch has a minute one or two minutes after its end; older than this is no answer about now. */
const WINDOW_MS = 600_000
const MINUTE_MS = 60_000
/** API reference, GetMetricData. */
const MAX_QUERIES_A_CALL = 500

/**
 * `GetRecords.IteratorAgeMilliseconds` of the stream and, with enhanced monitoring, `IteratorAgeMilliseconds` of its
 * shards.
 */
export async function readIteratorAge(
  context: PipelineContext,
  clock: Clock,
  signal: AbortSignal,
): Promise<IteratorAge> {
  const { summary, shards } = await describeStream(context, signal)
  const metrics = summary.EnhancedMonitoring?.flatMap(entry => entry.ShardLevelMetrics ?? []) ?? []
  const byShard = metrics.includes('IteratorAgeMilliseconds') || metrics.includes('ALL')
  const shardIds = byShard ? shards.flatMap(shard => shard.ShardId ?? []) : []
  const nowMs = clock.now()
  const stream = context.spec.source.stream
  const wanted = [
    metricQuery('s', 'GetRecords.IteratorAgeMilliseconds', stream, undefined),
    ...shardIds.map((shardId, index) => metricQuery(`s${index}`, 'IteratorAgeMilliseconds', stream, shardId)),
  ]
  const ages = new Map<string, { maxMs: number; minuteAt: string }>()
  for (let first = 0; first < wanted.length; first += MAX_QUERIES_A_CALL) {
    const page = await context.aws.cloudWatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: wanted.slice(first, first + MAX_QUERIES_A_CALL),
        // Whole minutes, newest first: ten points of 500 metrics fit into one answer.
        StartTime: new Date(Math.floor((nowMs - WINDOW_MS) / MINUTE_MS) * MINUTE_MS),
        EndTime: new Date(nowMs + MINUTE_MS),
        ScanBy: 'TimestampDescending',
      }),
      { abortSignal: signal },
    )
    for (const { Id = '', Timestamps, Values } of page.MetricDataResults ?? []) {
      const [at, value] = [Timestamps?.[0], Values?.[0]]
      if (at && value !== undefined) ages.set(Id, { maxMs: value, minuteAt: at.toISOString() })
    }
  }
  const ageOf = (id: string) => ages.get(id) ?? { maxMs: null, minuteAt: null }
  return {
    at: new Date(nowMs).toISOString(),
    stream: ageOf('s'),
    partitions: shardIds.map((partitionId, index) => ({ partitionId, ...ageOf(`s${index}`) })),
    byPartition: byShard,
    source: {
      name: 'CloudWatch GetRecords.IteratorAgeMilliseconds, maximum of a minute, all readers together',
      estimated: context.target.kind === 'aws',
      at: new Date(nowMs).toISOString(),
    },
  }
}

function metricQuery(id: string, metric: string, stream: string, shardId: string | undefined): MetricDataQuery {
  const dimensions = [{ Name: 'StreamName', Value: stream }, ...(shardId ? [{ Name: 'ShardId', Value: shardId }] : [])]
  return {
    Id: id,
    MetricStat: {
      Metric: { Namespace: 'AWS/Kinesis', MetricName: metric, Dimensions: dimensions },
      Period: 60,
      Stat: 'Maximum',
    },
  }
}
