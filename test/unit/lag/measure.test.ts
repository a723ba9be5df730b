import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catchUpSeconds, type LagInputs, measureLag, trendOf } from '../../../electron/core/lag/measure.ts'
import { createObservedCounts } from '../../../electron/core/lag/observed-counts.ts'
import { kinesisPositions } from '../../../electron/core/sources/kinesis/positions.ts'
import type { Arrived } from '../../../electron/core/sources/received.ts'
import { progressOf } from '../../fixture/progress-of.ts'

/** Within a minute, so that periods have a part that is over. */
const NOW = Date.parse('2026-11-20T12:00:30Z')
const SHARD = 'shardId-0'
const HOUR_MS = 3_600_000

interface Case {
  open?: boolean
  /** Arrival times of all records of the shard, epoch ms, oldest first; each is of 100 bytes. */
  arrivals: number[]
  committed?: number
  position?: string
  reader?: { millisBehindLatest: number; readAtMs: number; oldestWaitingMs?: number | null }
  looksAtMs?: number[]
  estimated?: boolean
  retentionMs?: number
  never?: number
  progress?: boolean
}

function lagOf(given: Case) {
  const { arrivals, committed = 0, reader } = given
  const periods = new Map<number, Arrived>()
  for (const atMs of arrivals) {
    const start = Math.floor(atMs / 60_000) * 60_000
    const known = periods.get(start) ?? { atMs: start, lengthMs: 60_000, records: 0, bytes: 0 }
    periods.set(start, { ...known, records: known.records + 1, bytes: known.bytes + 100 })
  }
  const observed = createObservedCounts()
  for (const atMs of given.looksAtMs ?? []) {
    const records = arrivals.filter(arrival => arrival <= atMs).length
    observed.add(SHARD, atMs, { records, bytes: records * 100 })
  }
  const inputs: LagInputs = {
    positions: kinesisPositions,
    partitions: [{ id: SHARD, open: given.open ?? true, parents: [] }],
    received: new Map([[SHARD, { records: arrivals.length, bytes: arrivals.length * 100 }]]),
    arrivals: new Map([[SHARD, [...periods.values()]]]),
    observed,
    estimated: given.estimated ?? false,
    never: new Map(given.never === undefined ? [] : [[SHARD, { records: given.never, bytes: given.never * 100 }]]),
    progress:
      given.progress === false
        ? undefined
        : progressOf({
            end: { [SHARD]: { position: given.position ?? '5', records: committed, bytes: committed * 100 } },
            partitions: reader
              ? {
                  [SHARD]: {
                    millisBehindLatest: reader.millisBehindLatest,
                    readAt: new Date(reader.readAtMs).toISOString(),
                    ...(reader.oldestWaitingMs !== undefined && {
                      oldestWaitingAt:
                        reader.oldestWaitingMs === null ? null : new Date(reader.oldestWaitingMs).toISOString(),
                    }),
                  },
                }
              : {},
          }),
    retentionMs: given.retentionMs ?? 24 * HOUR_MS,
    nowMs: NOW,
  }
  const [lag] = measureLag(inputs)
  if (!lag) throw new Error('no lag of the shard')
  return lag
}
const every = (count: number, fromMs: number, stepMs: number) =>
  Array.from({ length: count }, (_, index) => fromMs + index * stepMs)

describe('records and bytes behind', () => {
  it('are what the stream counted less what was committed', () => {
    expect(lagOf({ arrivals: every(120, NOW - 60_000, 100), committed: 100 })).toMatchObject({
      behindRecords: 20,
      behindBytes: 2_000,
    })
  })
  it('leave out what came before the query began', () => {
    expect(lagOf({ arrivals: every(120, NOW - 60_000, 100), committed: 30, never: 70 })).toMatchObject({
      behindRecords: 20,
    })
  })
  it('of a shard that was drained are none, though the stream counted more: those came before the query began', () => {
    const arrivals = [1, 2, 3, 4, 5].map(second => NOW - 60_000 + second)
    const drained = lagOf({ arrivals, open: false, committed: 3, position: 'SHARD_END' })
    expect(drained).toMatchObject({ state: 'drained', behindRecords: 0, behindBytes: 0, behindMs: 0 })
  })

  it('of a closed shard are there until it is drained', () => {
    const arrivals = every(120, NOW - 60_000, 100)
    expect(lagOf({ open: false, arrivals, committed: 100 })).toMatchObject({ state: 'draining', behindRecords: 20 })
    expect(lagOf({ open: false, arrivals, committed: 120, position: 'SHARD_END' })).toMatchObject({
      state: 'drained',
      behindRecords: 0,
      behindMs: 0,
    })
  })
})

describe('milliseconds behind', () => {
  it('are the age of the oldest record that the reader holds, not of what it read last', () => {
    const reader = { millisBehindLatest: 0, readAtMs: NOW - 200, oldestWaitingMs: NOW - 9_000 }
    expect(lagOf({ arrivals: every(100, NOW - 10_000, 100), committed: 10, reader })).toMatchObject({
      behindMs: 9_000,
      behindWithinMs: 0,
    })
  })
  it('are MillisBehindLatest and the time since, when the reader holds nothing', () => {
    const reader = { millisBehindLatest: 700, readAtMs: NOW - 5_000, oldestWaitingMs: null }
    expect(lagOf({ arrivals: every(20, NOW - 5_700, 10), committed: 0, reader })).toMatchObject({
      behindMs: 5_700,
      behindWithinMs: 0,
    })
  })
  it('of a query that stopped at the tip an hour ago are those of the first record since, not an hour', () => {
    const reader = { millisBehindLatest: 0, readAtMs: NOW - HOUR_MS, oldestWaitingMs: null }
    const arrivals = [...every(50, NOW - 2 * HOUR_MS, 1_000), NOW - 2_400, NOW - 100]
    const lag = lagOf({ arrivals, committed: 50, reader, looksAtMs: [NOW - 3_000, NOW - 2_000, NOW] })
    expect(lag).toMatchObject({ behindRecords: 2, behindMs: 3_000, behindWithinMs: 1_000 })
  })
  it('are nothing on an idle shard, however long ago it was read', () => {
    const reader = { millisBehindLatest: 0, readAtMs: NOW - HOUR_MS, oldestWaitingMs: null }
    expect(lagOf({ arrivals: every(100, NOW - 2 * HOUR_MS, 10), committed: 100, reader })).toMatchObject({
      behindRecords: 0,
      behindMs: 0,
      retentionLeftMs: null,
    })
  })
  it('are known to the minute before a job ever read', () => {
    const lag = lagOf({ progress: false, arrivals: [NOW - 100_000, NOW - 5_000] })
    expect(lag).toMatchObject({ behindRecords: 2, position: 'not started', behindWithinMs: 60_000 })
    expect(lag.behindMs).toBeGreaterThanOrEqual(100_000)
    expect((lag.behindMs ?? 0) - (lag.behindWithinMs ?? 0)).toBeLessThanOrEqual(100_000)
  })
  it('never leave out the truth, whatever is known of it', () => {
    const records = fc.uniqueArray(fc.integer({ min: 1, max: 3 * HOUR_MS }), { minLength: 1, maxLength: 30 })
    const known = fc.record({
      reads: fc.boolean(),
      readAgoMs: fc.nat(HOUR_MS),
      readMore: fc.nat(10),
      reports: fc.boolean(),
      looksAgoMs: fc.array(fc.nat(100_000), { maxLength: 20 }),
      estimated: fc.boolean(),
    })
    fc.assert(
      fc.property(records, fc.nat(40), known, (agoMs, committedOf, seen) => {
        const arrivals = agoMs.map(ago => NOW - ago).sort((a, b) => a - b)
        const readAtMs = NOW - seen.readAgoMs
        const there = arrivals.filter(at => at <= readAtMs).length
        const read = Math.min(there, committedOf + seen.readMore)
        const committed = Math.min(committedOf, read)
        const lag = lagOf({
          arrivals,
          committed,
          estimated: seen.estimated,
          looksAtMs: [...seen.looksAgoMs.map(ago => NOW - ago)].sort((a, b) => a - b),
          ...(seen.reads && {
            reader: {
              readAtMs,
              millisBehindLatest: read < there ? readAtMs - (arrivals[read] ?? 0) : 0,
              ...(seen.reports && { oldestWaitingMs: committed < read ? (arrivals[committed] ?? null) : null }),
            },
          }),
        })
        const truth = committed === arrivals.length ? 0 : NOW - (arrivals[committed] ?? 0)
        expect(lag.behindRecords).toBe(arrivals.length - committed)
        expect(lag.behindMs).toBeGreaterThanOrEqual(truth)
        expect((lag.behindMs ?? 0) - (lag.behindWithinMs ?? Number.NaN)).toBeLessThanOrEqual(truth)
      }),
      { numRuns: 500 },
    )
  })
})

describe('retention', () => {
  it('leaves what the age of the oldest record leaves of it', () => {
    const reader = { millisBehindLatest: 0, readAtMs: NOW, oldestWaitingMs: NOW - 20 * HOUR_MS }
    expect(lagOf({ arrivals: every(10, NOW - 20 * HOUR_MS, 1_000), reader })).toMatchObject({
      retentionLeftMs: 4 * HOUR_MS,
      lostRecords: 0,
    })
  })
  it('that has taken records says how many, and they are no longer behind', () => {
    const arrivals = [...every(60, NOW - 26 * HOUR_MS, 1_000), ...every(40, NOW - HOUR_MS, 1_000)]
    expect(lagOf({ progress: false, arrivals })).toMatchObject({
      lostRecords: 60,
      lostBytes: 6_000,
      behindRecords: 40,
      behindBytes: 4_000,
      behindMs: 24 * HOUR_MS,
      retentionLeftMs: 0,
    })
  })
  it('that has taken records which the query went on behind does not count them as behind', () => {
    const arrivals = [...every(60, NOW - 26 * HOUR_MS, 1_000), ...every(40, NOW - HOUR_MS, 60_000)]
    const reader = { millisBehindLatest: 0, readAtMs: NOW, oldestWaitingMs: NOW - HOUR_MS + 10 * 60_000 }
    // 20 of the old ones, then 10 of the new ones: 40 are lost, 30 wait. The minute that the oldest is in is counted in
    // part.
    const lag = lagOf({ arrivals, committed: 30, reader })
    expect(lag).toMatchObject({ behindMs: HOUR_MS - 10 * 60_000, behindWithinMs: 0 })
    expect((lag.lostRecords ?? 0) + (lag.behindRecords ?? 0)).toBe(70)
    expect(Math.abs((lag.behindRecords ?? 0) - 30)).toBeLessThanOrEqual(1)
  })
  it('that has taken everything leaves nothing behind', () => {
    expect(lagOf({ progress: false, arrivals: every(60, NOW - 26 * HOUR_MS, 1_000) })).toMatchObject({
      lostRecords: 60,
      behindRecords: 0,
      behindMs: 0,
      retentionLeftMs: null,
    })
  })
  it('loses and keeps together what was not committed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(48 * HOUR_MS), { maxLength: 50 }), fc.nat(60), (agoMs, committedOf) => {
        const arrivals = agoMs.map(ago => NOW - ago).sort((a, b) => a - b)
        const committed = Math.min(committedOf, arrivals.length)
        const lag = lagOf({ arrivals, committed })
        expect((lag.lostRecords ?? 0) + (lag.behindRecords ?? 0)).toBe(arrivals.length - committed)
        expect(lag.behindMs).toBeLessThanOrEqual(24 * HOUR_MS)
        const gone = arrivals.slice(committed).filter(at => at < NOW - 24 * HOUR_MS)
        const sameMinute = gone.filter(at => at >= NOW - 24 * HOUR_MS - 60_000).length
        expect(Math.abs((lag.lostRecords ?? 0) - gone.length)).toBeLessThanOrEqual(
          sameMinute + arrivals.filter(at => Math.abs(at - NOW + 24 * HOUR_MS) <= 60_000).length,
        )
      }),
    )
  })
})

it('a child shard waits for those of its parents that are not drained', () => {
  const progress = progressOf({
    end: { a: { position: 'SHARD_END', records: 5, bytes: 5 }, b: { position: '7', records: 3, bytes: 3 } },
    partitions: {},
  })
  const lags = measureLag({
    positions: kinesisPositions,
    partitions: [
      { id: 'a', open: false, parents: ['long gone'] },
      { id: 'b', open: false, parents: [] },
      { id: 'c', open: true, parents: ['a', 'b'] },
    ],
    received: new Map(),
    arrivals: new Map(),
    observed: createObservedCounts(),
    estimated: false,
    never: new Map(),
    progress,
    retentionMs: 24 * HOUR_MS,
    nowMs: NOW,
  })
  expect(lags.map(lag => [lag.partitionId, lag.state, lag.waitsFor])).toEqual([
    ['a', 'drained', []],
    ['b', 'draining', []],
    ['c', 'open', ['b']],
  ])
})

it('a shard whose count is not known is as far behind as its reader says, and not "0 records"', () => {
  const [lag] = measureLag({
    positions: kinesisPositions,
    partitions: [{ id: SHARD, open: true, parents: [] }],
    received: new Map(),
    arrivals: new Map(),
    observed: createObservedCounts(),
    estimated: true,
    never: new Map(),
    progress: progressOf({
      end: { [SHARD]: { position: '7', records: 3, bytes: 3 } },
      partitions: {
        [SHARD]: { millisBehindLatest: 1_500, readAt: new Date(NOW - 500).toISOString(), oldestWaitingAt: null },
      },
    }),
    retentionMs: 24 * HOUR_MS,
    nowMs: NOW,
  })
  expect(lag).toMatchObject({ behindRecords: null, behindBytes: null, behindMs: 2_000, behindWithinMs: 0 })
})

it('the trend of a lag is its slope, and says when it will be caught up', () => {
  const points = [0, 1, 2, 3].map(second => ({ atMs: second * 1_000, records: 1_000 - second * 50 }))
  expect(trendOf(points)).toBeCloseTo(-50)
  expect(catchUpSeconds(850, -50)).toBeCloseTo(17)
  expect(catchUpSeconds(850, 10)).toBeNull()
  expect(catchUpSeconds(0, 10)).toBe(0)
  // A lag that stays as it is is caught up never, not in an infinite time.
  expect(catchUpSeconds(850, 0)).toBeNull()
  expect(catchUpSeconds(null, -50)).toBeNull()
  expect(trendOf(points.slice(0, 1))).toBeNull()
})

it('what falls in a straight line is caught up when the line says so', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 1, max: 1e4 }),
      fc.integer({ min: 2, max: 60 }),
      (behind, perSecond, count) => {
        const points = every(count, NOW, 1_000).map(atMs => ({
          atMs,
          records: behind - ((atMs - NOW) / 1_000) * perSecond,
        }))
        expect(catchUpSeconds(behind, trendOf(points))).toBeCloseTo(behind / perSecond, 3)
        expect(catchUpSeconds(behind, trendOf(points.map(point => ({ ...point, records: -point.records }))))).toBeNull()
      },
    ),
  )
})
