import type { CallMetric, Statistic } from './call-counters.ts'
import type { KinesisState } from './state.ts'
import type { Shard } from './stream.ts'

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
const MINUTE_MS = 60_000

/** Incoming records and bytes are counted off the logs themselves, so they are always what was acknowledged, also after a restart. */
export function streamMetrics(state: KinesisState): StreamMetrics {
  return {
    read({ stream: name, shardId, metric, fromMs, toMs }) {
      const stream = state.streams.get(name)
      if (!stream || (shardId !== undefined && !stream.shardMetrics.includes(metric))) return undefined
      if (metric === 'IncomingRecords' || metric === 'IncomingBytes') {
        const shards = stream.shards.filter(shard => shardId === undefined || shard.id === shardId)
        return sumByMinute(shards.map(shard => incoming(shard, metric, fromMs, toMs)))
      }
      const call = CALL_METRICS[metric]
      return call && state.calls.read(name, shardId, call).filter(entry => entry.minuteMs >= fromMs && entry.minuteMs < toMs)
    },
    list: () =>
      [...state.streams.values()].map(stream => ({
        stream: stream.name,
        shardIds: stream.shards.map(shard => shard.id),
        shardMetrics: stream.shardMetrics,
      })),
  }
}

/** Minute by minute, from the first to the last in which the shard received anything. */
function incoming(shard: Shard, metric: string, fromMs: number, toMs: number): Map<number, number> {
  const minutes = new Map<number, number>()
  const add = (minuteMs: number, value: number) => minutes.set(minuteMs, (minutes.get(minuteMs) ?? 0) + value)
  for (const piece of shard.trimmed) {
    const minuteMs = Math.floor(piece.lastArrivalMs / MINUTE_MS) * MINUTE_MS
    if (minuteMs >= fromMs && minuteMs < toMs) add(minuteMs, metric === 'IncomingRecords' ? piece.records : piece.sizeBytes)
  }
  const { log } = shard
  for (let place = log.placeAt(fromMs); place < log.end; ) {
    const minuteMs = Math.floor(log.arrivalAt(place) / MINUTE_MS) * MINUTE_MS
    if (minuteMs >= toMs) break
    const next = log.placeAt(minuteMs + MINUTE_MS)
    add(minuteMs, metric === 'IncomingRecords' ? next - place : log.sizeOf(place, next))
    place = next
  }
  return minutes
}

function sumByMinute(series: readonly Map<number, number>[]): Statistic[] {
  const sums = new Map<number, number>()
  for (const minutes of series) for (const [minuteMs, value] of minutes) sums.set(minuteMs, (sums.get(minuteMs) ?? 0) + value)
  return [...sums].sort(([a], [b]) => a - b).map(([minuteMs, sum]) => ({ minuteMs, sum, count: 1, max: sum, min: sum }))
}
