import type { CallMetric, Statistic } from './call-counters.ts'
import { type Received, receivedByMinute } from './received.ts'
import type { KinesisState } from './state.ts'
import type { Stream } from './stream.ts'

/** What CloudWatch reads of the streams, in process. */
export interface StreamMetrics {
  /** Undefined when there is no such stream, or the metric is of a shard and not switched on for it. */
  read(query: {
    stream: string
    shardId: string | undefined
    metric: string
    fromMs: number
    toMs: number
  }): Statistic[] | undefined
  list(): { stream: string; shardIds: string[]; shardMetrics: string[] }[]
}

const CALL_METRICS: Record<string, CallMetric> = {
  'PutRecord.Success': 'PutRecord.Success',
  'PutRecord.Bytes': 'PutRecord.Bytes',
  'PutRecords.Success': 'PutRecords.Success',
  'PutRecords.Bytes': 'PutRecords.Bytes',
  'PutRecords.ThrottledRecords': 'PutRecords.ThrottledRecords',
  'PutRecords.TotalRecords': 'PutRecords.TotalRecords',
  'PutRecords.SuccessfulRecords': 'PutRecords.SuccessfulRecords',
  'GetRecords.Records': 'GetRecords.Records',
  'GetRecords.Bytes': 'GetRecords.Bytes',
  'GetRecords.Success': 'GetRecords.Success',
  'GetRecords.IteratorAgeMilliseconds': 'IteratorAgeMilliseconds',
  IteratorAgeMilliseconds: 'IteratorAgeMilliseconds',
  OutgoingRecords: 'GetRecords.Records',
  OutgoingBytes: 'GetRecords.Bytes',
  WriteProvisionedThroughputExceeded: 'WriteProvisionedThroughputExceeded',
  ReadProvisionedThroughputExceeded: 'ReadProvisionedThroughputExceeded',
}
const OF_SHARDS_ONLY = new Set(['IteratorAgeMilliseconds', 'OutgoingRecords', 'OutgoingBytes'])

/** The metrics that every stream has, without enhanced monitoring. */
export const STREAM_METRICS: readonly string[] = [
  'IncomingRecords',
  'IncomingBytes',
  ...Object.keys(CALL_METRICS).filter(name => !OF_SHARDS_ONLY.has(name)),
]

/**
 * Incoming records and bytes are counted off the logs themselves, so they are always what was acknowledged, also after
 * a restart.
 */
export function streamMetrics(state: KinesisState): StreamMetrics {
  return {
    read({ stream: name, shardId, metric, fromMs, toMs }) {
      const stream = state.streams.get(name)
      if (!stream || (shardId !== undefined && !stream.shardMetrics.includes(metric))) return undefined
      if (metric === 'IncomingRecords' || metric === 'IncomingBytes') {
        const minutes = incoming(stream, shardId, fromMs, toMs)
        return sumByMinute(
          minutes.map(entry => [entry.minuteMs, metric === 'IncomingRecords' ? entry.records : entry.sizeBytes]),
        )
      }
      const call = CALL_METRICS[metric]
      return (
        call && state.calls.read(name, shardId, call).filter(entry => entry.minuteMs >= fromMs && entry.minuteMs < toMs)
      )
    },
    list: () =>
      [...state.streams.values()].map(stream => ({
        stream: stream.name,
        shardIds: stream.shards.map(shard => shard.id),
        shardMetrics: stream.shardMetrics,
      })),
  }
}

/** What the stream, or one shard of it, received in [fromMs, toMs), by the minute. */
function incoming(stream: Stream, shardId: string | undefined, fromMs: number, toMs: number): Received[] {
  const removed = stream.removed.filter(entry => shardId === undefined || entry.shardId === shardId)
  const kept = stream.shards
    .filter(shard => shardId === undefined || shard.id === shardId)
    .flatMap(({ log }) => receivedByMinute(log, log.placeAt(fromMs), log.placeAt(toMs)))
  return [...removed, ...kept].filter(entry => entry.minuteMs >= fromMs && entry.minuteMs < toMs)
}

function sumByMinute(values: readonly (readonly [minuteMs: number, value: number])[]): Statistic[] {
  const sums = new Map<number, number>()
  for (const [minuteMs, value] of values) sums.set(minuteMs, (sums.get(minuteMs) ?? 0) + value)
  return [...sums].sort(([a], [b]) => a - b).map(([minuteMs, sum]) => ({ minuteMs, sum, count: 1, max: sum, min: sum }))
}
