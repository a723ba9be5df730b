import { describe, expect, it } from 'vitest'
import type { LiveParts } from '../../../renderer/app/parts.ts'
import {
  createWaitingPoints,
  pointsOf,
  type Sample,
  sampleOf,
  samplesOf,
  throttledLine,
  waitingPoints,
} from '../../../renderer/app/samples.ts'
import { progressOf } from '../../fixture/progress-of.ts'

const sample = (second: number, behindRecords?: number): Sample => ({
  atMs: second * 1_000,
  ...(behindRecords !== undefined && { behindRecords }),
  shards: {},
})
const behind = (entry: Sample) => entry.behindRecords

describe('samples as points', () => {
  it('a look that knew nothing makes no point', () => {
    expect(pointsOf([sample(0, 5), sample(1), sample(2, 7)], behind)).toEqual([
      [0, 5],
      [2_000, 7],
    ])
  })

  it('what waits is the mean of the last five looks', () => {
    const points = waitingPoints(
      [0, 10, 20, 30, 40, 50].map((value, second) => sample(second, value)),
      behind,
    )
    expect(points.map(([, value]) => value)).toEqual([0, 5, 10, 15, 20, 30])
  })

  it('a look of long ago does not count in it', () => {
    expect(waitingPoints([sample(0, 1_000), sample(60, 0)], behind).at(-1)).toEqual([60_000, 0])
  })

  describe('of samples that go on', () => {
    const all = Array.from({ length: 30 }, (_, second) => sample(second, (second * 37) % 11))
    const last = (samples: readonly Sample[], from: number) => waitingPoints(samples, behind).slice(from)

    it('the mean is that of the looks before, also of those that have left', () => {
      const points = createWaitingPoints(behind)
      for (let end = 1; end <= all.length; end++) {
        const from = Math.max(0, end - 10)
        expect(points(all.slice(from, end))).toEqual(last(all.slice(0, end), from))
      }
    })

    it('what did not change is the same, and nothing of it is looked at again', () => {
      let looks = 0
      const points = createWaitingPoints(entry => {
        looks++
        return behind(entry)
      })
      points(all.slice(0, 20))
      points(all.slice(5, 25))
      expect(points(all.slice(5, 25))).toEqual(last(all.slice(0, 25), 5))
      expect(looks).toBe(25)
    })

    it('samples that were put before them, or are others, are drawn from the beginning', () => {
      const points = createWaitingPoints(behind)
      points(all.slice(10, 20))
      expect(points(all.slice(0, 21))).toEqual(last(all.slice(0, 21), 0))
      const others = all.slice(0, 21).map(entry => ({ ...entry, behindRecords: 3 }))
      expect(points(others)).toEqual(last(others, 0))
      expect(points([])).toEqual([])
      expect(points(all.slice(0, 3))).toEqual(last(all.slice(0, 3), 0))
    })
  })

  it('series of the history become samples by their time', () => {
    const series = [
      { name: 'lag/behindRecords', points: [[2_000, 4]] as [number, number][] },
      { name: 'shard/shardId-000000000001/behindRecords', points: [[1_000, 3]] as [number, number][] },
      { name: 'shard/shardId-000000000001/receivedRecords', points: [[1_000, 90]] as [number, number][] },
    ]
    expect(samplesOf(series)).toEqual([
      { atMs: 1_000, shards: { 'shardId-000000000001': { behindRecords: 3, receivedRecords: 90 } } },
      { atMs: 2_000, behindRecords: 4, shards: {} },
    ])
  })

  it('refusals are a line once there were any', () => {
    const throttled = (throttledPerSecond: number): Sample => ({ ...sample(0), throttledPerSecond })
    expect(throttledLine([throttled(0), throttled(0)])).toEqual([])
    expect(throttledLine([throttled(0), throttled(3)])).toMatchObject([{ name: 'throttled', emphasis: 'bad' }])
  })
})

describe('one moment of all parts', () => {
  const NOW = Date.parse('2026-11-20T12:00:03Z')
  const SHARD = 'shardId-000000000000'
  /** A query that runs and committed a batch three seconds ago, with 40 records waiting, all told `ageMs` ago. */
  function parts({ ageMs = 0, state = 'RUNNING', behindRecords = 40 as number | null } = {}): LiveParts {
    const receivedMs = NOW - ageMs
    const progress = { ...progressOf({ end: {}, shards: {}, rows: 10 }), inputRowsPerSecond: 120 }
    const lag = { shards: [{ shardId: SHARD, behindRecords, behindMs: 900 }], total: { behindRecords, behindMs: 900 } }
    return {
      simulator: {
        value: { rates: { sentPerSecond: 7, acceptedPerSecond: 6, throttledPerSecond: 1, retriedPerSecond: 2 } },
      },
      stream: { value: { shards: [{ id: SHARD, received: { records: 500, bytes: 9_000 } }] }, receivedMs },
      lag: { value: lag, receivedMs },
      jobs: { value: { clusters: [{ steps: [{ state }] }], progress }, receivedMs },
      ledger: {},
      latency: {},
    } as unknown as LiveParts
  }

  it('holds what each says, with its own numbers', () => {
    expect(sampleOf(parts(), NOW)).toEqual({
      atMs: NOW,
      sentPerSecond: 7,
      acceptedPerSecond: 6,
      throttledPerSecond: 1,
      retriedPerSecond: 2,
      readPerSecond: 120,
      behindRecords: 40,
      behindMs: 900,
      shards: { [SHARD]: { behindRecords: 40, behindMs: 900, receivedRecords: 500, receivedBytes: 9_000 } },
    })
  })

  it('has nothing of an answer that is too old to be of now', () => {
    const { shards, ...rest } = sampleOf(parts({ ageMs: 32_000 }), NOW)
    expect(shards).toEqual({})
    expect(Object.keys(rest)).toEqual([
      'atMs',
      'sentPerSecond',
      'acceptedPerSecond',
      'throttledPerSecond',
      'retriedPerSecond',
    ])
  })

  it('reads nothing a second when the last batch is long ago, and does not say so of a query that does not run', () => {
    expect(sampleOf(parts(), NOW + 4_000).readPerSecond).toBe(0)
    expect(sampleOf(parts({ state: 'COMPLETED' }), NOW)).not.toHaveProperty('readPerSecond')
  })

  it('does not hold what is not known', () => {
    const found = sampleOf(parts({ behindRecords: null }), NOW)
    expect(found).not.toHaveProperty('behindRecords')
    expect(found.shards[SHARD]).toEqual({ behindMs: 900, receivedRecords: 500, receivedBytes: 9_000 })
  })
})
