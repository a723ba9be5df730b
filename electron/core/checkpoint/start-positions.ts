import type { PartitionPosition, SourceOffset } from '../../../shared/job/progress.ts'
import type { Partition } from '../sources/source.ts'
import type { StreamFacts } from './facts.ts'
import { type Counted, EXPIRED, receivedBefore } from './standing.ts'

/** A place in the stream where a query is to begin. `openAt`: partitions that were open at a time. */
export type Place = { kind: 'oldest' } | { kind: 'time'; ms: number; openAt: ReadonlySet<string> }

/** Positions to begin at, and what lies between them and where the query stands. */
export interface NewBeginning {
  offset: SourceOffset
  /** Records that wait, or were lost, and are not read. */
  skipped: number
  readAgain: number
  /** Records that wait and are read for the first time. */
  firstTime: number
  /** When a record that is read arrived, at the earliest. */
  beginsMs: number
  /** False where the counters of a period had to be divided, or a partition has none. */
  exact: boolean
  /**
   * False where a partition has no counters: its position goes on with the count that it had, and what lies between is
   * in no figure.
   */
  counted: boolean
}

/**
 * The positions of a query that begins at a place. Their counts are the partition's own up to there, as if what is
 * passed over had been read, so that lag stays `received - records`; of a partition without counters they are what the
 * query has read. Children of partitions that are read are left out: the reader joins them when their parents are
 * drained.
 */
export function beginAt(stream: StreamFacts, before: SourceOffset, place: Place): NewBeginning {
  const { partitions, positions } = stream
  const text = positions.format
  const offset: SourceOffset = {}
  let exact = true
  let counted = true
  const passed = (id: string, untilMs: number): Omit<PartitionPosition, 'position'> => {
    const points = stream.counters.arrivals.get(id)
    const standing = stream.standings.find(entry => entry.partition === id)
    if (!points || !standing?.received) {
      exact = counted = false
      return { records: before[id]?.records ?? 0, bytes: before[id]?.bytes ?? 0 }
    }
    const received: Counted = receivedBefore(points, untilMs)
    exact &&= received.exact
    return { records: received.records, bytes: received.bytes }
  }
  const listed = new Set(partitions.map(({ id }) => id))
  const follows = descendants(partitions, place.kind === 'time' ? place.openAt : new Set())
  for (const { id, parents } of partitions) {
    if (place.kind === 'oldest') {
      if (!parents.some(parent => listed.has(parent)))
        offset[id] = { position: text(positions.oldest), ...passed(id, stream.horizonMs) }
    } else if (place.openAt.has(id)) {
      offset[id] = { position: text(positions.at(place.ms)), ...passed(id, place.ms) }
    } else if (!follows.has(id)) {
      offset[id] = { position: text(positions.end), ...passed(id, Number.MAX_SAFE_INTEGER) }
    }
  }
  const gone = Object.entries(before).filter(([id]) => id === EXPIRED || !listed.has(id))
  if (gone.length > 0)
    offset[EXPIRED] = {
      position: text(positions.end),
      records: gone.reduce((sum, [, position]) => sum + position.records, 0),
      bytes: gone.reduce((sum, [, position]) => sum + position.bytes, 0),
    }
  const beginsMs = place.kind === 'time' ? place.ms : Math.max(stream.createdMs, stream.horizonMs)
  return { ...between(stream, before, offset), beginsMs, exact, counted }
}

/** The same for positions that are known: those of a checkpoint that is restored. */
export const beginAtOffset = (stream: StreamFacts, before: SourceOffset, offset: SourceOffset): NewBeginning => ({
  ...between(stream, before, offset),
  beginsMs: stream.createdMs,
  exact: stream.standings.every(entry => entry.received !== null),
  // The two are positions of one query, so what lies between is their difference, whoever counts the partitions.
  counted: true,
})

/** What lies between two offsets, partition by partition, in the partition's own count. */
function between(stream: StreamFacts, before: SourceOffset, offset: SourceOffset) {
  let [skipped, readAgain, firstTime] = [0, 0, 0]
  for (const { partition, received } of stream.standings.filter(entry => entry.listed)) {
    const [from, was] = [offset[partition]?.records ?? 0, before[partition]?.records ?? 0]
    skipped += Math.max(0, from - was)
    readAgain += Math.max(0, was - from)
    firstTime += Math.max(0, (received?.records ?? 0) - Math.max(from, was))
  }
  return { offset, skipped, readAgain, firstTime }
}

/** The partitions that come of others by splits and merges. */
function descendants(partitions: readonly Partition[], of: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>()
  for (let grew = true; grew; ) {
    grew = false
    for (const { id, parents } of partitions) {
      if (found.has(id) || of.has(id) || !parents.some(parent => of.has(parent) || found.has(parent))) continue
      found.add(id)
      grew = true
    }
  }
  return found
}
