import type { PartitionLag } from '../../../shared/features/lag.ts'
import type { Received } from '../sources/received.ts'
import { type TrendPoint, trendOf } from './measure.ts'

/** How far back trend and rates go. */
export interface Windows {
  trendMs: number
  rateMs: number
}
/**
 * The trend is over the last minute of what was seen, by whoever asked; rates over what is long against a trigger and
 * short against a minute.
 */
export const PROMPT: Windows = { trendMs: 60_000, rateMs: 10_000 }
/** A count that comes once a minute is a staircase: only over several steps it has a slope. */
export const BY_THE_MINUTE: Windows = { trendMs: 300_000, rateMs: 180_000 }
/**
 * A query that has reported no trigger for so long, and for three of its triggers, does not run: what is behind grows
 * by all that comes.
 */
const SILENT_MS = 5_000
const SILENT_TRIGGERS = 3

/** A trend over less than this is the noise between two commits. */
const MIN_SPAN_MS = 4_000

interface Counted {
  atMs: number
  records: number
  bytes: number
}

interface Seen {
  received: Counted[]
  points: TrendPoint[]
}

export interface Trend {
  incomingRecordsPerSecond: number | null
  incomingBytesPerSecond: number | null
  trendRecordsPerSecond: number | null
  /** What was behind at the last commit and just before it; now, of a query that is silent. */
  atCommitRecords: number | null
  beforeCommitRecords: number | null
}

export interface Observation {
  nowMs: number
  triggerMs: number
  /** How long its last batch took; 0 before its first. */
  batchMs: number
  /** When the query last reported a trigger. */
  committedMs: number | undefined
  /** By partition; null behind where the stream's count is not known. */
  partitions: readonly (Pick<PartitionLag, 'partitionId' | 'behindRecords'> & {
    received: Received | undefined
    /** What the last batch committed of it. */
    committedRecords: number
  })[]
}

/**
 * Remembers what was behind, and says how it changes. What waits between two commits rises with what arrives and falls
 * at the commit: read once a second against a trigger of one second, it seems to climb or fall for minutes. So a
 * reading is taken back to the last commit, by what arrived since; only of a query that is silent it counts as it is.
 */
export function createTrends({
  trendMs,
  rateMs,
}: Windows): (observation: Observation) => { partitions: ReadonlyMap<string, Trend>; total: number | null } {
  const seen = new Map<string, Seen>()
  const totals: TrendPoint[] = []

  let wasSilent: boolean | undefined

  return ({ nowMs, triggerMs, batchMs, committedMs, partitions }) => {
    const silent =
      committedMs === undefined ||
      nowMs - committedMs > Math.max(SILENT_MS, SILENT_TRIGGERS * Math.max(triggerMs, batchMs))
    if (silent !== wasSilent) {
      // What waits at a commit and what waits between two is not the same thing: from one to the other there is no
      // slope.
      for (const known of seen.values()) known.points = []
      totals.length = 0
    }
    wasSilent = silent
    const atMs = silent ? nowMs : committedMs
    const trends = new Map<string, Trend>()
    let total: number | null = 0
    for (const partition of partitions) {
      const known = seen.get(partition.partitionId) ?? { received: [], points: [] }
      seen.set(partition.partitionId, known)
      if (partition.behindRecords === null || partition.received === undefined) {
        total = null
        continue
      }
      known.received = known.received.filter(entry => entry.atMs > nowMs - rateMs && entry.atMs < nowMs)
      known.received.push({ atMs: nowMs, ...partition.received })
      const incoming = rateOf(known.received)
      const since = (incoming?.records ?? 0) * Math.max(0, (nowMs - atMs) / 1_000)
      const records = Math.max(0, partition.behindRecords - since)
      keep(known.points, { atMs, records }, trendMs)
      if (total !== null) total += records
      trends.set(partition.partitionId, {
        incomingRecordsPerSecond: incoming?.records ?? null,
        incomingBytesPerSecond: incoming?.bytes ?? null,
        trendRecordsPerSecond: slopeOf(known.points),
        atCommitRecords: Math.round(records),
        beforeCommitRecords: Math.round(records) + (silent ? 0 : partition.committedRecords),
      })
    }
    if (total !== null && partitions.length > 0) keep(totals, { atMs, records: total }, trendMs)
    return { partitions: trends, total: slopeOf(totals) }
  }
}

function slopeOf(points: readonly TrendPoint[]): number | null {
  const [first, last] = [points[0], points.at(-1)]
  return first && last && last.atMs - first.atMs >= MIN_SPAN_MS ? trendOf(points) : null
}

/** A later observation of the same commit replaces the earlier one. */
function keep(points: TrendPoint[], point: TrendPoint, trendMs: number): void {
  while ((points.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= point.atMs) points.pop()
  points.push(point)
  const first = points.findIndex(entry => entry.atMs > point.atMs - trendMs)
  points.splice(0, first)
}

function rateOf(counts: readonly Counted[]): { records: number; bytes: number } | null {
  const [first, last] = [counts[0], counts.at(-1)]
  if (!first || !last || last.atMs === first.atMs) return null
  const seconds = (last.atMs - first.atMs) / 1_000
  return {
    records: Math.max(0, last.records - first.records) / seconds,
    bytes: Math.max(0, last.bytes - first.bytes) / seconds,
  }
}
