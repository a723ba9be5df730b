import type { Shard } from '@aws-sdk/client-kinesis'
import type { ShardPosition, SourceOffset } from '../../../shared/job/progress.ts'
import type { StreamFacts } from './facts.ts'
import { type Counted, EXPIRED, receivedBefore } from './standing.ts'

/** A place in the stream where a query is to begin. `openAt`: shards that were open at a time. */
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
  /** False where the counters of a period had to be divided, or a shard has none. */
  exact: boolean
  /**
   * False where a shard has no counters: its position goes on with the count that it had, and what lies between is in
   * no figure.
   */
  counted: boolean
}

const parentsOf = (shard: Shard): string[] =>
  [shard.ParentShardId, shard.AdjacentParentShardId].flatMap(parent => parent ?? [])

/**
 * The positions of a query that begins at a place. Their counts are the shard's own up to there, as if what is passed
 * over had been read, so that lag stays `received - records`; of a shard without counters they are what the query has
 * read. Children of shards that are read are left out: the reader joins them when their parents are drained.
 */
export function beginAt(stream: StreamFacts, before: SourceOffset, place: Place): NewBeginning {
  const offset: SourceOffset = {}
  let exact = true
  let counted = true
  const passed = (shardId: string, untilMs: number): Omit<ShardPosition, 'position'> => {
    const points = stream.counters.arrivals.get(shardId)
    const standing = stream.standings.find(entry => entry.shardId === shardId)
    if (!points || !standing?.received) {
      exact = counted = false
      return { records: before[shardId]?.records ?? 0, bytes: before[shardId]?.bytes ?? 0 }
    }
    const received: Counted = receivedBefore(points, untilMs)
    exact &&= received.exact
    return { records: received.records, bytes: received.bytes }
  }
  const listed = new Map(stream.shards.map(shard => [shard.ShardId ?? '', shard]))
  const follows = descendants(stream.shards, place.kind === 'time' ? place.openAt : new Set())
  for (const [shardId, shard] of listed) {
    if (place.kind === 'oldest') {
      if (!parentsOf(shard).some(parent => listed.has(parent)))
        offset[shardId] = { position: 'TRIM_HORIZON', ...passed(shardId, stream.horizonMs) }
    } else if (place.openAt.has(shardId)) {
      offset[shardId] = { position: `@${place.ms}`, ...passed(shardId, place.ms) }
    } else if (!follows.has(shardId)) {
      offset[shardId] = { position: 'SHARD_END', ...passed(shardId, Number.MAX_SAFE_INTEGER) }
    }
  }
  const gone = Object.entries(before).filter(([shardId]) => shardId === EXPIRED || !listed.has(shardId))
  if (gone.length > 0)
    offset[EXPIRED] = {
      position: 'SHARD_END',
      records: gone.reduce((sum, [, position]) => sum + position.records, 0),
      bytes: gone.reduce((sum, [, position]) => sum + position.bytes, 0),
    }
  const beginsMs = place.kind === 'time' ? place.ms : Math.max(stream.createdMs, stream.horizonMs)
  return { ...between(stream, before, offset), beginsMs, exact, counted }
}

/** The same for positions that are known: those of a checkpoint that is brought back. */
export const beginAtOffset = (stream: StreamFacts, before: SourceOffset, offset: SourceOffset): NewBeginning => ({
  ...between(stream, before, offset),
  beginsMs: stream.createdMs,
  exact: stream.standings.every(entry => entry.received !== null),
  // The two are positions of one query, so what lies between is their difference, whoever counts the shards.
  counted: true,
})

/** What lies between two offsets, shard by shard, in the shard's own count. */
function between(stream: StreamFacts, before: SourceOffset, offset: SourceOffset) {
  let [skipped, readAgain, firstTime] = [0, 0, 0]
  for (const { shardId, received } of stream.standings.filter(entry => entry.listed)) {
    const [from, was] = [offset[shardId]?.records ?? 0, before[shardId]?.records ?? 0]
    skipped += Math.max(0, from - was)
    readAgain += Math.max(0, was - from)
    firstTime += Math.max(0, (received?.records ?? 0) - Math.max(from, was))
  }
  return { offset, skipped, readAgain, firstTime }
}

/** The shards that come of others by splits and merges. */
function descendants(shards: readonly Shard[], of: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>()
  for (let grew = true; grew; ) {
    grew = false
    for (const shard of shards) {
      const id = shard.ShardId ?? ''
      if (found.has(id) || of.has(id) || !parentsOf(shard).some(parent => of.has(parent) || found.has(parent))) continue
      found.add(id)
      grew = true
    }
  }
  return found
}
