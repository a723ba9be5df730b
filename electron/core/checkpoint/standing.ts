import type { PartitionPosition, SourceOffset } from '../../../shared/job/progress.ts'
import { isDrained } from '../sources/drained.ts'
import type { Arrived, StreamCounters } from '../sources/received.ts'
import type { Partition, Positions } from '../sources/source.ts'

/** The place in an offset where counts of partitions are kept that the stream has forgotten (the engines' word). */
export const EXPIRED = 'expired'

/**
 * Where a query stands on one partition, against what it received. Counts are of the partition since it was made; null
 * when not known.
 */
export interface Standing {
  partition: string
  /**
   * Undefined when the query has not begun it: a child whose parents are not drained, or a query that has not begun.
   */
  position: PartitionPosition | undefined
  /** It was read to its end. */
  drained: boolean
  /** The stream still lists it. */
  listed: boolean
  open: boolean
  received: Counted | null
  /** Of them, what arrived before the trim horizon. */
  expired: Counted | null
  /** What is there to be read, behind the position. */
  waiting: number | null
  /** What was behind the position and is there no more. */
  lost: number | null
  /** When the last record before the position arrived, and the first one behind it: starts of counters' periods. */
  readUpToMs: number | null
  waitingSinceMs: number | null
}

export interface Counted {
  records: number
  bytes: number
  /** False when a period had to be divided. */
  exact: boolean
}

const NOTHING: Counted = { records: 0, bytes: 0, exact: true }

/** What a partition received before a time; a period that the time falls into counts by its share. */
export function receivedBefore(points: readonly Arrived[], ms: number): Counted {
  return points.reduce((sum, point) => {
    const share = Math.min(1, Math.max(0, (ms - point.atMs) / point.lengthMs))
    return {
      records: sum.records + Math.round(point.records * share),
      bytes: sum.bytes + Math.round(point.bytes * share),
      exact: sum.exact && (share === 0 || share === 1),
    }
  }, NOTHING)
}

/** Holds the positions of a query against the partitions of its stream and what they received. */
export function standings(input: {
  offset: SourceOffset
  partitions: readonly Partition[]
  positions: Positions
  counters: StreamCounters
  /** What arrived before this is there no more. */
  horizonMs: number
}): Standing[] {
  const { offset, partitions, positions, counters, horizonMs } = input
  const listed = new Map(partitions.map(entry => [entry.id, entry]))
  const known = [...new Set([...listed.keys(), ...Object.keys(offset).filter(id => id !== EXPIRED)])]
  const whole = countsAreWhole(offset, counters)
  return known.map(id => {
    const partition = listed.get(id)
    const position = offset[id]
    const drained = isDrained(positions, position)
    const points = whole ? counters.arrivals.get(id) : undefined
    const base = { partition: id, position, drained, listed: partition !== undefined, open: partition?.open ?? false }
    if (!points) return { ...base, received: null, expired: null, ...unknownUnless(drained) }
    const received = receivedBefore(points, Number.MAX_SAFE_INTEGER)
    const expired = partition ? receivedBefore(points, horizonMs) : received
    const records = position?.records ?? 0
    return {
      ...base,
      received,
      expired,
      waiting: drained ? 0 : Math.max(0, received.records - Math.max(records, expired.records)),
      lost: drained ? 0 : Math.max(0, Math.min(expired.records, received.records) - records),
      readUpToMs: arrivalOf(points, records),
      waitingSinceMs: drained ? null : arrivalOf(points, Math.max(records, expired.records) + 1),
    }
  })
}

/**
 * Where enhanced monitoring was not always on, the partitions have less than the stream: then none of their counts can
 * be trusted.
 */
const countsAreWhole = (offset: SourceOffset, counters: StreamCounters): boolean => {
  const ofPartitions = [...counters.partitions.values()].reduce((sum, received) => sum + received.records, 0)
  return ofPartitions + (offset[EXPIRED]?.records ?? 0) >= counters.stream.records
}

const unknownUnless = (drained: boolean) => {
  const count = drained ? 0 : null
  return { waiting: count, lost: count, readUpToMs: null, waitingSinceMs: null }
}

/** The start of the period in which the nth record arrived; null when it did not. */
function arrivalOf(points: readonly Arrived[], n: number): number | null {
  let sum = 0
  if (n <= 0) return null
  for (const point of points) {
    sum += point.records
    if (sum >= n) return point.atMs
  }
  return null
}

/** The sum of what is known of every partition; null when one is not known. */
export function total(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}
