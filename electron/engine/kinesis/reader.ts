import type { KinesisClient, Shard } from '@aws-sdk/client-kinesis'
import type { PartitionPosition, QueryProgress, RetentionGap, SourceOffset } from '../../../shared/job/progress.ts'
import type { StreamReader, StreamRecord, UserRecords } from '../source.ts'
import { createArrivals } from './arrivals.ts'
import { shareOf } from './byte-budget.ts'
import { chooseCounts } from './choose.ts'
import { EXPIRED, followLineage, initialOffset } from './lineage.ts'
import { recordBytes } from './record.ts'
import { readExactly } from './replay.ts'
import { type ShardReader, startShardReader } from './shard-reader.ts'
import { createStreamFacts } from './stream-facts.ts'
import { userRecords } from './user-records.ts'

export interface StreamReaderOptions {
  kinesis: KinesisClient
  stream: string
  maxRecordsPerBatch: number
  now: () => number
  /** Measures intervals; `now` when it is left out. */
  monotonic?: () => number
  /** Called at once when records may have expired unread; the next batch has it, too. */
  onGap: (gap: RetentionGap) => void
}

/** Of the newest plan that took records of a shard: how many were read before, and when the first of it arrived. */
type Taken = Map<string, { before: number; firstArrivedMs: number }>

export function createStreamReader(options: StreamReaderOptions): StreamReader {
  const { now, monotonic = now } = options
  const facts = createStreamFacts({ ...options, monotonic })
  const arrivals = createArrivals()
  const readers = new Map<string, ShardReader>()
  const taken: Taken = new Map()
  const gaps: RetentionGap[] = []
  let offset: SourceOffset = {}
  let coveredAtBegin: Readonly<Record<string, number>> = {}

  function startReaders(): void {
    const live = Object.entries(offset).filter(([, position]) => position.position !== 'SHARD_END')
    const maxBuffered = Math.max(10_000, Math.ceil((options.maxRecordsPerBatch * 2) / Math.max(1, live.length)))
    for (const [shardId, { position, lastOffset }] of live) {
      if (readers.has(shardId)) continue
      const reader = startShardReader({
        kinesis: options.kinesis,
        stream: options.stream,
        shardId,
        position: lastOffset ?? position,
        coveredUntilMs: coveredAtBegin[shardId],
        maxBuffered,
        maxBufferedBytes: shareOf(live.length),
        now,
        monotonic,
        onArrival: arrivals.arrived,
        onGap: gap => {
          gaps.push(gap)
          options.onGap(gap)
        },
        retentionMs: facts.retentionMs,
        isListed: async id => (await facts.listShards()).some(shard => shard.ShardId === id),
      })
      readers.set(shardId, reader)
    }
  }

  /** Takes the chosen records of each shard; its position moves behind them. Returns whether a shard ended. */
  function takeInto(next: SourceOffset, counts: ReadonlyMap<string, number>): boolean {
    let shardEnded = false
    for (const reader of readers.values()) {
      const records = reader.take(counts.get(reader.shardId) ?? 0)
      const before = next[reader.shardId] as PartitionPosition
      if (records[0]) taken.set(reader.shardId, { before: before.records, firstArrivedMs: records[0].arrivedMs })
      next[reader.shardId] = advance(before, records, reader.ended && reader.buffer.length === 0)
      if (next[reader.shardId]?.position === 'SHARD_END') {
        shardEnded = true
        readers.delete(reader.shardId)
      }
    }
    return shardEnded
  }

  return {
    async begin(committed, from, coveredUntilMs = {}) {
      const shards = await facts.listShards()
      coveredAtBegin = coveredUntilMs
      offset = committed ?? initialOffset(shards, from, now())
      startReaders()
      return offset
    },
    async plan(maxRecords) {
      const start = offset
      const next: SourceOffset = facts.isListedLately()
        ? { ...offset }
        : followLineage(offset, await facts.listShards())
      const failed = [...readers.values()].find(reader => reader.failure !== undefined)
      if (failed) throw failed.failure
      arrivals.planned()
      const { counts, chosen } = chooseRecords([...readers.values()], facts.shardsById(), maxRecords)
      const shardEnded = takeInto(next, counts)
      // The children of a shard that ended are read from the next batch on.
      offset = next
      if (shardEnded) offset = followLineage(next, await facts.listShards())
      const coveredUntilMs = coveredBy(readers.values())
      startReaders()
      const isEmpty = chosen.sourceRecords === 0 && JSON.stringify(start) === JSON.stringify(offset)
      return { ...chosen, start, end: offset, isEmpty, coveredUntilMs, gaps: isEmpty ? [] : gaps.splice(0) }
    },
    async replay(start, end) {
      if (facts.shardsById().size === 0) await facts.listShards()
      const ofShards: StreamRecord[][] = []
      for (const [shardId, to] of Object.entries(end))
        if (shardId !== EXPIRED) ofShards.push(await readExactly(options, shardId, start[shardId], to))
      return userRecords(ofShards.flat(), facts.shardsById())
    },
    seen: end => seenBehind(end, readers.values(), taken),
    waitForRecords: arrivals.wait,
    async close() {
      await Promise.all([...readers.values()].map(reader => reader.stop()))
    },
  }
}

/**
 * How many records of each shard go into a batch, and what comes out of them: as many as give no more rows than asked
 * for, as nearly as aggregates allow.
 */
function chooseRecords(
  readers: readonly ShardReader[],
  shardsById: ReadonlyMap<string, Shard>,
  maxRecords: number,
): { counts: ReadonlyMap<string, number>; chosen: UserRecords } {
  const waiting = readers.map(reader => ({
    shardId: reader.shardId,
    arrivals: reader.buffer.map(record => record.arrivedMs),
    unreadFromMs: unreadFromMs(reader),
  }))
  for (let most = maxRecords; ; ) {
    const counts = chooseCounts(waiting, most)
    const records = readers.flatMap(({ shardId, buffer }) => buffer.slice(0, counts.get(shardId) ?? 0))
    const chosen = userRecords(records, shardsById)
    const rows = chosen.records.length
    if (rows <= maxRecords || most <= counts.size) return { counts, chosen }
    most = Math.max(1, Math.floor((most * maxRecords) / rows))
  }
}

const coveredBy = (readers: Iterable<ShardReader>): Record<string, number> =>
  Object.fromEntries(
    [...readers].flatMap(reader =>
      reader.coveredUntilMs === undefined ? [] : [[reader.shardId, reader.coveredUntilMs]],
    ),
  )

/** See `StreamReader.seen`. */
function seenBehind(
  end: SourceOffset,
  readers: Iterable<ShardReader>,
  taken: Taken,
): QueryProgress['sluice']['partitions'] {
  const shards: QueryProgress['sluice']['partitions'] = {}
  for (const { shardId, seen, buffer } of readers) {
    if (!seen) continue
    const planned = taken.get(shardId)
    const isPlanned = planned !== undefined && planned.before >= (end[shardId]?.records ?? 0)
    const oldestMs = isPlanned ? planned.firstArrivedMs : buffer[0]?.arrivedMs
    shards[shardId] = {
      millisBehindLatest: seen.millisBehindLatest,
      readAt: new Date(seen.readAtMs).toISOString(),
      oldestWaitingAt: oldestMs === undefined ? null : new Date(oldestMs).toISOString(),
    }
  }
  return shards
}

/** From when on the records of a shard are unread, by its last read; see `Waiting`. */
function unreadFromMs({ ended, seen }: ShardReader): number | undefined {
  if (ended) return undefined
  if (!seen) return 0
  return seen.millisBehindLatest > 0 ? seen.readAtMs - seen.millisBehindLatest : undefined
}

/**
 * A position after records were taken; at the end of a closed shard it keeps the last number, so that a replay knows
 * where to end.
 */
function advance(before: PartitionPosition, taken: readonly StreamRecord[], ended: boolean): PartitionPosition {
  const last = taken.at(-1)?.offset ?? before.lastOffset
  return {
    position: ended ? 'SHARD_END' : (taken.at(-1)?.offset ?? before.position),
    records: before.records + taken.length,
    bytes: taken.reduce((sum, record) => sum + recordBytes(record), before.bytes),
    ...(last !== undefined && { lastOffset: last }),
  }
}
