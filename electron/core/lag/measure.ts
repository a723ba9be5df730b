import type { PartitionLag } from '../../../shared/features/lag.ts'
import type { PartitionPosition, QueryProgress } from '../../../shared/job/progress.ts'
import { isDrained } from '../sources/drained.ts'
import type { Arrived, Received } from '../sources/received.ts'
import type { Partition, Positions } from '../sources/source.ts'
import { arrivalOf, receivedBefore } from './arrival-curve.ts'
import type { Between, ObservedCounts } from './observed-counts.ts'

/** A partition's lag at one moment, without how it changes. */
export type MeasuredLag = Omit<
  PartitionLag,
  | 'incomingRecordsPerSecond'
  | 'incomingBytesPerSecond'
  | 'trendRecordsPerSecond'
  | 'catchUpSeconds'
  | 'atCommitRecords'
  | 'beforeCommitRecords'
>

export interface LagInputs {
  partitions: readonly Pick<Partition, 'id' | 'open' | 'parents'>[]
  positions: Positions
  /** What the stream counted, by partition; one whose count is not known is left out. */
  received: ReadonlyMap<string, Received>
  arrivals: ReadonlyMap<string, readonly Arrived[]>
  observed: Pick<ObservedCounts, 'arrivalOf'>
  /** The stream's count comes late, so observed counts say nothing about when a record arrived. */
  estimated: boolean
  /** By partition: what the stream counted and the query will never commit, because it began behind it or lost it. */
  never: ReadonlyMap<string, Received>
  progress: QueryProgress | undefined
  retentionMs: number
  nowMs: number
}

type Reader = QueryProgress['sluice']['partitions'][string]
const NOTHING: Received = { records: 0, bytes: 0 }

/**
 * The lag of the streaming query on each partition, of what is committed. Records and bytes are the stream's count less
 * the reader's count. Milliseconds are the age of the oldest record that is not committed: as the reader reports it (it
 * holds the record, or MillisBehindLatest says how old the next one is), else by when the stream counted a record of
 * that number. A partition with nothing left to commit does not lag, however long it has been idle.
 */
export function measureLag(inputs: LagInputs): MeasuredLag[] {
  const offset = inputs.progress?.sources[0]?.endOffset ?? {}
  const drained = (id: string) => isDrained(inputs.positions, offset[id])
  const known = new Set(inputs.partitions.map(({ id }) => id))
  return inputs.partitions.map(({ id, open, parents }) => ({
    partitionId: id,
    state: drained(id) ? 'drained' : open ? 'open' : 'draining',
    waitsFor: offset[id] ? [] : parents.filter(parent => known.has(parent) && !drained(parent)),
    ...(drained(id) ? CAUGHT_UP : behind(inputs, id, offset[id])),
    position: offset[id]?.position ?? 'not started',
    readRecords: offset[id]?.records ?? 0,
  }))
}

type Behind = Pick<
  PartitionLag,
  'behindMs' | 'behindWithinMs' | 'behindRecords' | 'behindBytes' | 'retentionLeftMs' | 'lostRecords' | 'lostBytes'
>
const CAUGHT_UP: Behind = {
  behindMs: 0,
  behindWithinMs: 0,
  behindRecords: 0,
  behindBytes: 0,
  retentionLeftMs: null,
  lostRecords: 0,
  lostBytes: 0,
}
const UNKNOWN: Behind = {
  behindMs: null,
  behindWithinMs: null,
  behindRecords: null,
  behindBytes: null,
  retentionLeftMs: null,
  lostRecords: null,
  lostBytes: null,
}

function behind(inputs: LagInputs, id: string, position: PartitionPosition | undefined): Behind {
  const { nowMs, retentionMs } = inputs
  const received = inputs.received.get(id)
  const reader = inputs.progress?.sluice.partitions[id]
  const said = reader && fromReader(reader, nowMs)
  if (!received) {
    // Without a count there is only the reader's word, which is worth something as long as it is fresh.
    return said ? { ...UNKNOWN, ...age(said, nowMs, retentionMs) } : UNKNOWN
  }
  const never = inputs.never.get(id) ?? NOTHING
  const index = (position?.records ?? 0) + never.records
  const waiting = { records: received.records - index, bytes: received.bytes - (position?.bytes ?? 0) - never.bytes }
  if (waiting.records <= 0) return CAUGHT_UP
  const arrivals = inputs.arrivals.get(id) ?? []
  const counted = arrivalOf(arrivals, index)
  const seen = inputs.estimated ? undefined : inputs.observed.arrivalOf(id, index)
  const oldest = narrow([said, seen, counted])
  if (!oldest) return { ...UNKNOWN, behindRecords: waiting.records, behindBytes: waiting.bytes }
  const horizonMs = nowMs - retentionMs
  // Retention took the record that would be next, and the reader has gone on behind what is gone.
  const wentOn =
    said?.fromMs === said?.toMs && (said?.fromMs ?? 0) > horizonMs && (counted?.toMs ?? horizonMs) < horizonMs
  const goneMs = wentOn ? said?.fromMs : oldest.fromMs < horizonMs ? horizonMs : undefined
  const gone = goneMs === undefined ? NOTHING : receivedBefore(arrivals, goneMs)
  const lost = {
    records: Math.min(waiting.records, Math.max(0, Math.round(gone.records) - index)),
    bytes: Math.min(waiting.bytes, Math.max(0, Math.round(gone.bytes) - (received.bytes - waiting.bytes))),
  }
  if (lost.records === waiting.records) return { ...CAUGHT_UP, lostRecords: lost.records, lostBytes: lost.bytes }
  return {
    ...age(oldest, nowMs, retentionMs),
    behindRecords: waiting.records - lost.records,
    behindBytes: waiting.bytes - lost.bytes,
    lostRecords: lost.records,
    lostBytes: lost.bytes,
  }
}

/** When the oldest record arrived that is not committed, as far as the reader knows. */
function fromReader({ millisBehindLatest, readAt, oldestWaitingAt }: Reader, nowMs: number): Between {
  if (oldestWaitingAt) return exactly(Date.parse(oldestWaitingAt))
  const readAtMs = Date.parse(readAt)
  const nextMs = readAtMs - millisBehindLatest
  // It holds nothing: the oldest is the next one that it will read, which had not arrived yet when it saw the tip.
  if (oldestWaitingAt === null)
    return millisBehindLatest > 0 ? exactly(nextMs) : { fromMs: readAtMs, toMs: Math.max(nowMs, readAtMs) }
  // It does not say what it holds: what it holds is older than what it will read next.
  return { fromMs: Number.NEGATIVE_INFINITY, toMs: millisBehindLatest > 0 ? nextMs : nowMs }
}

const exactly = (atMs: number): Between => ({ fromMs: atMs, toMs: atMs })

/** What all agree on, the more trusted first: one that contradicts those before it is not listened to. */
function narrow(said: readonly (Between | undefined)[]): Between | undefined {
  let agreed: Between | undefined
  for (const next of said) {
    if (!next) continue
    const both: Between = agreed
      ? { fromMs: Math.max(agreed.fromMs, next.fromMs), toMs: Math.min(agreed.toMs, next.toMs) }
      : next
    if (both.fromMs <= both.toMs) agreed = both
  }
  return agreed
}

/**
 * The greatest age that it can have, and by how much it may be less. What is older than the retention is not there any
 * more.
 */
function age({ fromMs, toMs }: Between, nowMs: number, retentionMs: number) {
  const oldest = Math.max(0, nowMs - (Number.isFinite(fromMs) ? fromMs : toMs))
  const behindMs = Math.min(oldest, retentionMs)
  const youngest = Math.min(behindMs, Math.max(0, nowMs - toMs))
  return {
    behindMs,
    behindWithinMs: Number.isFinite(fromMs) ? behindMs - youngest : null,
    retentionLeftMs: retentionMs - behindMs,
  }
}

export interface TrendPoint {
  atMs: number
  records: number
}

/**
 * Records per second by which the lag grows (+) or shrinks (-), by least squares over the points; null with fewer than
 * two times.
 */
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
