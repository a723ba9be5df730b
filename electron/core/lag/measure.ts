import type { ShardLag } from '../../../shared/features/lag.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'
import type { Received } from '../aws/stream-counters.ts'

/** A shard's lag at one moment, without how it changes. */
export type MeasuredLag = Omit<
  ShardLag,
  'incomingRecordsPerSecond' | 'incomingBytesPerSecond' | 'trendRecordsPerSecond' | 'catchUpSeconds'
>

export interface LagInputs {
  shards: readonly { id: string; open: boolean }[]
  /** What the stream counted, by shard. */
  received: ReadonlyMap<string, Received>
  progress: QueryProgress | undefined
  nowMs: number
}

/**
 * The lag of the streaming query on each shard, of what is committed. Records and bytes are the stream's count less the reader's count.
 * Milliseconds are what GetRecords last said (MillisBehindLatest), plus the time since then: while nothing is read, the lag grows. A shard
 * with nothing left to commit does not lag, however long it has been idle.
 */
export function measureLag({ shards, received, progress, nowMs }: LagInputs): MeasuredLag[] {
  const offset = progress?.sources[0]?.endOffset ?? {}
  return shards.map(({ id, open }) => {
    const position = offset[id]
    const incoming = received.get(id)
    const read = progress?.sluice.shards[id]
    const behindRecords = incoming ? Math.max(0, incoming.records - (position?.records ?? 0)) : null
    const behindBytes = incoming ? Math.max(0, incoming.bytes - (position?.bytes ?? 0)) : null
    const drained = position?.position === 'SHARD_END'
    return {
      shardId: id,
      state: open ? 'open' : drained ? 'drained' : 'draining',
      behindMs: behindMs({ behindRecords, drained, read, nowMs }),
      behindRecords: drained ? 0 : behindRecords,
      behindBytes: drained ? 0 : behindBytes,
      position: position?.position ?? 'not started',
      readRecords: position?.records ?? 0,
    }
  })
}

function behindMs(shard: {
  behindRecords: number | null
  drained: boolean
  read: { millisBehindLatest: number; readAt: string } | undefined
  nowMs: number
}): number | null {
  if (shard.drained || shard.behindRecords === 0) return 0
  if (!shard.read) return null
  return shard.read.millisBehindLatest + Math.max(0, shard.nowMs - Date.parse(shard.read.readAt))
}

export interface TrendPoint {
  atMs: number
  records: number
}

/** Records per second by which the lag grows (+) or shrinks (-), by least squares over the points; null with fewer than two times. */
export function trendOf(points: readonly TrendPoint[]): number | null {
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last || last.atMs === first.atMs) return null
  const seconds = points.map(point => (point.atMs - first.atMs) / 1000)
  const meanSeconds = mean(seconds)
  const meanRecords = mean(points.map(point => point.records))
  let covariance = 0
  let variance = 0
  points.forEach((point, index) => {
    const distance = (seconds[index] ?? 0) - meanSeconds
    covariance += distance * (point.records - meanRecords)
    variance += distance * distance
  })
  return covariance / variance
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Seconds until nothing is behind at this trend: 0 when nothing is, null when it does not shrink. */
export function catchUpSeconds(behindRecords: number | null, trend: number | null): number | null {
  if (behindRecords === 0) return 0
  if (behindRecords === null || trend === null || trend >= 0) return null
  return behindRecords / -trend
}
