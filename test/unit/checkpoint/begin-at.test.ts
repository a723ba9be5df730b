import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StreamFacts } from '../../../electron/core/checkpoint/facts.ts'
import { receivedBefore, standings } from '../../../electron/core/checkpoint/standing.ts'
import { beginAt, type Place } from '../../../electron/core/checkpoint/start-positions.ts'
import { kinesisPositions } from '../../../electron/core/sources/kinesis/positions.ts'
import { type Arrived, sumOf } from '../../../electron/core/sources/received.ts'
import type { Partition } from '../../../electron/core/sources/source.ts'
import type { SourceOffset } from '../../../shared/job/progress.ts'

const MINUTE = 60_000
const NOW = 100 * MINUTE
const minutes = (...records: number[]): Arrived[] =>
  records.flatMap((count, minute) =>
    count === 0 ? [] : [{ atMs: minute * MINUTE, lengthMs: MINUTE, records: count, bytes: count * 300 }],
  )
const shard = (id: string, change: { parent?: string; adjacent?: string; closed?: boolean } = {}): Partition => ({
  id,
  parents: [change.parent, change.adjacent].flatMap(parent => parent ?? []),
  open: !change.closed,
})
const at = (position: string, records: number) => ({ position, records, bytes: records * 300 })

function stream(options: {
  shards: Partition[]
  arrivals: Record<string, Arrived[]>
  offset?: SourceOffset
  horizonMs?: number
  streamRecords?: number
}): StreamFacts {
  const { shards, offset = {}, horizonMs = -1 } = options
  const arrivals = new Map(Object.entries(options.arrivals))
  const all = [...arrivals.values()].flat()
  const counters = {
    stream: { records: options.streamRecords ?? sumOf(all).records, bytes: 0 },
    partitions: new Map([...arrivals].map(([id, entries]) => [id, sumOf(entries)])),
    arrivals,
    streamArrivals: all,
    periodMs: MINUTE,
    source: { name: 'counters', estimated: false, at: new Date(NOW).toISOString() },
  }
  return {
    partitions: shards,
    positions: kinesisPositions,
    createdMs: 0,
    retentionMs: NOW - horizonMs,
    horizonMs,
    counters,
    standings: standings({ offset, partitions: shards, positions: kinesisPositions, counters, horizonMs }),
  }
}

describe('where a query stands', () => {
  it('is what waits behind it, since when, and what expired unread', () => {
    const [standing] = stream({
      shards: [shard('a')],
      arrivals: { a: minutes(10, 10, 10, 10) },
      offset: { a: at('5', 5) },
      horizonMs: 2 * MINUTE,
    }).standings
    expect(standing).toMatchObject({
      waiting: 20,
      lost: 15,
      readUpToMs: 0,
      waitingSinceMs: 2 * MINUTE,
      expired: { exact: true },
    })
  })

  it('is not known when the shards have less than the stream: enhanced monitoring was not always on', () => {
    const { standings: found } = stream({ shards: [shard('a')], arrivals: { a: minutes(10) }, streamRecords: 11 })
    expect(found).toMatchObject([{ received: null, waiting: null, lost: null }])
  })

  it('of a shard that is gone and was not drained is all that was not read, lost', () => {
    const { standings: found } = stream({
      shards: [],
      arrivals: { a: minutes(10, 10) },
      offset: { a: at('7', 7) },
      horizonMs: NOW,
    })
    expect(found).toMatchObject([{ listed: false, lost: 13, waiting: 0 }])
  })

  it('counts a period that a time falls into by its share, and says so', () => {
    expect(receivedBefore(minutes(0, 10), 1.5 * MINUTE)).toEqual({ records: 5, bytes: 1_500, exact: false })
  })
})

describe('a query that is reset', () => {
  it('without counters goes on with the counts that it has, and says that what lies between is not known', () => {
    const offset = { a: at('5', 5), expired: at('SHARD_END', 3) }
    const place: Place = { kind: 'time', ms: 50 * MINUTE, openAt: new Set(['a']) }
    const begun = beginAt(stream({ shards: [shard('a')], arrivals: {}, offset, streamRecords: 900 }), offset, place)
    expect(begun).toMatchObject({ counted: false, exact: false, skipped: 0, readAgain: 0 })
    expect(begun.offset).toEqual({ a: at(`@${50 * MINUTE}`, 5), expired: at('SHARD_END', 3) })
    // A shard with less than all that it received is no better.
    const partly = stream({ shards: [shard('a')], arrivals: { a: minutes(0, 40) }, offset, streamRecords: 900 })
    expect(beginAt(partly, offset, place).offset.a?.records).toBe(5)
  })

  // a was split into b and c at minute 2; the query has read a whole, 4 of b and 6 of c.
  const shards = [shard('a', { closed: true }), shard('b', { parent: 'a' }), shard('c', { parent: 'a' })]
  const arrivals = { a: minutes(10, 10), b: minutes(0, 0, 5, 5), c: minutes(0, 0, 8, 8) }
  const offset = { a: at('SHARD_END', 20), b: at('4', 4), c: at('6', 6) }

  it('from the oldest record begins with the parent; its children join when it is drained', () => {
    const begun = beginAt(stream({ shards, arrivals, offset }), offset, { kind: 'oldest' })
    expect(begun.offset).toEqual({ a: at('TRIM_HORIZON', 0) })
    expect(begun).toMatchObject({ readAgain: 30, skipped: 0, firstTime: 16, exact: true })
  })

  it('from a time after the split begins in the children, and leaves the parent drained', () => {
    const place: Place = { kind: 'time', ms: 3 * MINUTE, openAt: new Set(['b', 'c']) }
    const begun = beginAt(stream({ shards, arrivals, offset }), offset, place)
    expect(begun.offset).toEqual({
      a: at('SHARD_END', 20),
      b: at(`@${3 * MINUTE}`, 5),
      c: at(`@${3 * MINUTE}`, 8),
    })
    expect(begun).toMatchObject({ readAgain: 0, skipped: 3, firstTime: 13, exact: true })
  })

  it('from a time before the split begins in the parent alone', () => {
    const place: Place = { kind: 'time', ms: MINUTE, openAt: new Set(['a']) }
    expect(beginAt(stream({ shards, arrivals, offset }), offset, place).offset).toEqual({ a: at(`@${MINUTE}`, 10) })
  })

  it('keeps the counts of shards that the stream has forgotten', () => {
    const before = { expired: at('SHARD_END', 100), gone: at('SHARD_END', 7), b: at('4', 4) }
    const facts = stream({ shards: [shard('b')], arrivals: { b: minutes(5) }, offset: before })
    expect(beginAt(facts, before, { kind: 'oldest' }).offset).toEqual({
      b: at('TRIM_HORIZON', 0),
      expired: at('SHARD_END', 107),
    })
  })

  it('accounts for every record, wherever it begins: behind + first time + skipped = received + read again', () => {
    const scene = fc.record({
      counts: fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
      read: fc.nat(200),
      minute: fc.nat(10),
      oldest: fc.boolean(),
    })
    fc.assert(
      fc.property(scene, ({ counts, read, minute, oldest }) => {
        const received = sumOf(minutes(...counts)).records
        const was = Math.min(read, received)
        const before = { a: at(String(was), was) }
        const facts = stream({ shards: [shard('a')], arrivals: { a: minutes(...counts) }, offset: before })
        const place: Place = oldest ? { kind: 'oldest' } : { kind: 'time', ms: minute * MINUTE, openAt: new Set(['a']) }
        const begun = beginAt(facts, before, place)
        // What it will have read when it is drained, with what was read before.
        const readInAll = was + received - (begun.offset.a?.records ?? 0)
        expect(readInAll + begun.skipped).toBe(received + begun.readAgain)
        expect(begun.exact).toBe(true)
      }),
    )
  })
})
