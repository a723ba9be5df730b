import { setTimeout as delay } from 'node:timers/promises'
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis'
import type { PartitionPosition, RetentionGap, SourceOffset } from '../../../shared/job/progress.ts'
import { patiently } from '../patience.ts'
import type { StreamReader, StreamRecord, UserRecords } from '../source.ts'
import { shareOf } from './byte-budget.ts'
import { chooseCounts } from './choose.ts'
import { EXPIRED, followLineage, initialOffset } from './lineage.ts'
import { recordBytes } from './record.ts'
import { readExactly } from './replay.ts'
import { type ShardReader, startShardReader } from './shard-reader.ts'
import { userRecords } from './user-records.ts'

/** Shards are listed again this often, and at once when one ends. */
const LIST_EVERY_MS = 10_000
/** For so long the stream's retention is taken to be what it was. */
const RETENTION_EVERY_MS = 60_000

export function createStreamReader(options: {
  kinesis: KinesisClient
  stream: string
  maxRecordsPerBatch: number
  now: () => number
  /** Measures intervals; `now` when it is left out. */
  monotonic?: () => number
  /** Told at once when records may have expired unread; the next batch has it, too. */
  onGap: (gap: RetentionGap) => void
}): StreamReader {
  const { kinesis, stream, now, monotonic = now } = options
  const readers = new Map<string, ShardReader>()
  /** Of the newest plan that took records of a shard: how many were read before, and when the first of it arrived. */
  const taken = new Map<string, { before: number; firstArrivedMs: number }>()
  let offset: SourceOffset = {}
  /** As the stream last listed them. */
  let shardsById: ReadonlyMap<string, Shard> = new Map()
  let listedAt = Number.NEGATIVE_INFINITY
  let wake: () => void = () => undefined
  let arrivals = 0
  let arrivalsPlanned = 0
  let coveredAtBegin: Readonly<Record<string, number>> = {}
  const gaps: RetentionGap[] = []
  let retention: { askedAt: number; ms: Promise<number> } | undefined

  function retentionMs(): Promise<number> {
    if (!retention || monotonic() - retention.askedAt > RETENTION_EVERY_MS) {
      const asked = patiently(() => kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream })))
      const ms = asked.then(reply => (reply.StreamDescriptionSummary?.RetentionPeriodHours ?? 24) * 3_600_000)
      retention = { askedAt: monotonic(), ms }
      // The next reader asks again; whoever waits for this one is told why it failed.
      ms.catch(() => {
        retention = undefined
      })
    }
    return retention.ms
  }

  async function listShards(): Promise<Shard[]> {
    const shards: Shard[] = []
    let token: string | undefined
    do {
      const page = await patiently(() =>
        kinesis.send(new ListShardsCommand(token ? { NextToken: token } : { StreamName: stream })),
      )
      shards.push(...(page.Shards ?? []))
      token = page.NextToken
    } while (token)
    listedAt = monotonic()
    shardsById = new Map(shards.map(shard => [shard.ShardId ?? '', shard]))
    return shards
  }

  function onArrival(): void {
    arrivals++
    wake()
  }

  function startReaders(): void {
    const live = Object.entries(offset).filter(([, position]) => position.position !== 'SHARD_END')
    const maxBuffered = Math.max(10_000, Math.ceil((options.maxRecordsPerBatch * 2) / Math.max(1, live.length)))
    for (const [shardId, { position, lastSequenceNumber }] of live) {
      if (readers.has(shardId)) continue
      const reader = startShardReader({
        kinesis,
        stream,
        shardId,
        position: lastSequenceNumber ?? position,
        coveredUntilMs: coveredAtBegin[shardId],
        maxBuffered,
        maxBufferedBytes: shareOf(live.length),
        now,
        monotonic,
        onArrival,
        onGap: gap => {
          gaps.push(gap)
          options.onGap(gap)
        },
        retentionMs,
        isListed: async id => (await listShards()).some(shard => shard.ShardId === id),
      })
      readers.set(shardId, reader)
    }
  }

  /**
   * How many records of each shard go into a batch, and what comes out of them: as many as give no more rows than asked
   * for, as nearly as aggregates allow.
   */
  function choose(maxRecords: number): { counts: ReadonlyMap<string, number>; chosen: UserRecords } {
    const all = [...readers.values()]
    const waiting = all.map(reader => ({
      shardId: reader.shardId,
      arrivals: reader.buffer.map(record => record.arrivedMs),
      unreadFromMs: unreadFromMs(reader),
    }))
    for (let most = maxRecords; ; ) {
      const counts = chooseCounts(waiting, most)
      const records = all.flatMap(({ shardId, buffer }) => buffer.slice(0, counts.get(shardId) ?? 0))
      const chosen = userRecords(records, shardsById)
      const rows = chosen.records.length
      if (rows <= maxRecords || most <= counts.size) return { counts, chosen }
      most = Math.max(1, Math.floor((most * maxRecords) / rows))
    }
  }

  return {
    async begin(committed, from, coveredUntilMs = {}) {
      const shards = await listShards()
      coveredAtBegin = coveredUntilMs
      offset = committed ?? initialOffset(shards, from, now())
      startReaders()
      return offset
    },
    async plan(maxRecords) {
      const start = offset
      const isListedLately = monotonic() - listedAt <= LIST_EVERY_MS
      const next: SourceOffset = isListedLately ? { ...offset } : followLineage(offset, await listShards())
      const failed = [...readers.values()].find(reader => reader.failure !== undefined)
      if (failed) throw failed.failure
      arrivalsPlanned = arrivals
      const { counts, chosen } = choose(maxRecords)
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
      // The children of a shard that ended are read from the next batch on.
      offset = next
      if (shardEnded) offset = followLineage(next, await listShards())
      const coveredUntilMs = Object.fromEntries(
        [...readers.values()].flatMap(reader =>
          reader.coveredUntilMs === undefined ? [] : [[reader.shardId, reader.coveredUntilMs]],
        ),
      )
      startReaders()
      const isEmpty = chosen.kinesisRecords === 0 && JSON.stringify(start) === JSON.stringify(offset)
      return { ...chosen, start, end: offset, isEmpty, coveredUntilMs, gaps: isEmpty ? [] : gaps.splice(0) }
    },
    async replay(start, end) {
      if (shardsById.size === 0) await listShards()
      const ofShards: StreamRecord[][] = []
      for (const [shardId, to] of Object.entries(end))
        if (shardId !== EXPIRED) ofShards.push(await readExactly(options, shardId, start[shardId], to))
      return userRecords(ofShards.flat(), shardsById)
    },
    seen: end =>
      Object.fromEntries(
        [...readers.values()].flatMap(({ shardId, seen, buffer }) => {
          if (!seen) return []
          const planned = taken.get(shardId)
          const isPlanned = planned !== undefined && planned.before >= (end[shardId]?.records ?? 0)
          const oldestMs = isPlanned ? planned.firstArrivedMs : buffer[0]?.arrivedMs
          return [
            [
              shardId,
              {
                millisBehindLatest: seen.millisBehindLatest,
                readAt: new Date(seen.readAtMs).toISOString(),
                oldestWaitingAt: oldestMs === undefined ? null : new Date(oldestMs).toISOString(),
              },
            ],
          ]
        }),
      ),
    async waitForRecords(ms, signal) {
      if (arrivals !== arrivalsPlanned) return
      const arrived = new Promise<void>(resolve => {
        wake = resolve
      })
      await Promise.race([arrived, delay(ms, undefined, { signal })]).catch(error => {
        if (!signal.aborted) throw error
      })
    },
    async close() {
      await Promise.all([...readers.values()].map(reader => reader.stop()))
    },
  }
}

/** From when on the records of a shard are unread, as its last read told; see `Waiting`. */
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
  const last = taken.at(-1)?.sequenceNumber ?? before.lastSequenceNumber
  return {
    position: ended ? 'SHARD_END' : (taken.at(-1)?.sequenceNumber ?? before.position),
    records: before.records + taken.length,
    bytes: taken.reduce((sum, record) => sum + recordBytes(record), before.bytes),
    ...(last !== undefined && { lastSequenceNumber: last }),
  }
}
