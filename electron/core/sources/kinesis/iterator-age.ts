import type { IteratorAge } from '../../../../shared/features/other-consumer.ts'
import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { describeStream } from './describe-stream.ts'
import type { MetricQuery, ReadMetrics } from './metric-calls.ts'

/** CloudWatch has a minute one or two minutes after its end; older than this is no answer about now. */
const WINDOW_MS = 600_000
const MINUTE_MS = 60_000

/**
 * `GetRecords.IteratorAgeMilliseconds` of the stream and, with enhanced monitoring, `IteratorAgeMilliseconds` of its
 * shards.
 */
export async function readIteratorAge(
  context: PipelineContext,
  { clock, readMetrics }: { clock: Clock; readMetrics: ReadMetrics },
  signal: AbortSignal,
): Promise<IteratorAge> {
  const { summary, shards } = await describeStream(context, signal)
  const metrics = summary.EnhancedMonitoring?.flatMap(entry => entry.ShardLevelMetrics ?? []) ?? []
  const byShard = metrics.includes('IteratorAgeMilliseconds') || metrics.includes('ALL')
  const shardIds = byShard ? shards.flatMap(shard => shard.ShardId ?? []) : []
  const nowMs = clock.now()
  const stream = context.spec.source.stream
  const query = (metric: string, shardId?: string): MetricQuery => ({
    metric,
    stream,
    shardId,
    periodSeconds: 60,
    stat: 'Maximum',
  })
  const points = await readMetrics(
    context,
    {
      queries: [
        query('GetRecords.IteratorAgeMilliseconds'),
        ...shardIds.map(shardId => query('IteratorAgeMilliseconds', shardId)),
      ],
      // Whole minutes.
      fromMs: Math.floor((nowMs - WINDOW_MS) / MINUTE_MS) * MINUTE_MS,
      toMs: nowMs + MINUTE_MS,
    },
    signal,
  )
  /** Of the newest minute that has one. */
  const ageOf = (place: number) => {
    const [newest] = [...(points[place] ?? [])].sort(([a], [b]) => b - a)
    return newest ? { maxMs: newest[1], minuteAt: new Date(newest[0]).toISOString() } : { maxMs: null, minuteAt: null }
  }
  return {
    at: new Date(nowMs).toISOString(),
    stream: ageOf(0),
    partitions: shardIds.map((partitionId, index) => ({ partitionId, ...ageOf(index + 1) })),
    byPartition: byShard,
    source: {
      name: 'CloudWatch GetRecords.IteratorAgeMilliseconds, maximum of a minute, all readers together',
      estimated: context.target.kind === 'aws',
      at: new Date(nowMs).toISOString(),
    },
  }
}
