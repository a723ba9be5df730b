import { describe, expect, it } from 'vitest'
import type { LiveParts } from '../../../renderer/live/parts.ts'
import { lagPoints, pointsOf, type Sample, sampleOf, samplesOf, throttledLine } from '../../../renderer/live/samples.ts'
import { progressOf } from '../../fixture/progress-of.ts'

const sample = (second: number, readPerSecond?: number): Sample => ({
  atMs: second * 1_000,
  ...(readPerSecond !== undefined && { readPerSecond }),
  shards: {},
})
const read = (entry: Sample) => entry.readPerSecond

describe('samples as points', () => {
  it('a look that knew nothing makes no point', () => {
    expect(pointsOf([sample(0, 5), sample(1), sample(2, 7)], read)).toEqual([
      [0, 5],
      [2_000, 7],
    ])
  })

  it('the lag is what it was at each commit, with the lowest and highest between commits around it', () => {
    const commits: Sample[] = [
      { ...sample(0), atCommitRecords: 20, beforeCommitRecords: 620 },
      sample(1),
      { ...sample(2), atCommitRecords: 25, beforeCommitRecords: 640, leastAtCommitRecords: 10 },
      { ...sample(3), atCommitRecords: 30 },
    ]
    expect(lagPoints(commits, entry => entry)).toEqual({
      points: [
        [0, 20],
        [2_000, 25],
        [3_000, 30],
      ],
      band: [
        [0, 20, 620],
        [2_000, 10, 640],
        [3_000, 30, 30],
      ],
    })
  })

  it('series of the history become samples by their time', () => {
    const series = [
      { name: 'lag/atCommitRecords', points: [[2_000, 4]] as [number, number][] },
      { name: 'lag/atCommitRecords/least', points: [[2_000, 1]] as [number, number][] },
      { name: 'lag/beforeCommitRecords', points: [[2_000, 9]] as [number, number][] },
      { name: 'shard/shardId-000000000001/atCommitRecords', points: [[1_000, 3]] as [number, number][] },
      { name: 'shard/shardId-000000000001/somethingElse', points: [[1_000, 3]] as [number, number][] },
      { name: 'shard/shardId-000000000001/receivedRecords', points: [[1_000, 90]] as [number, number][] },
    ]
    expect(samplesOf(series)).toEqual([
      { atMs: 1_000, shards: { 'shardId-000000000001': { atCommitRecords: 3, receivedRecords: 90 } } },
      { atMs: 2_000, atCommitRecords: 4, leastAtCommitRecords: 1, beforeCommitRecords: 9, shards: {} },
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
  function parts({ ageMs = 0, state = 'RUNNING', atCommitRecords = 40 as number | null } = {}): LiveParts {
    const receivedMs = NOW - ageMs
    const progress = { ...progressOf({ end: {}, shards: {}, rows: 10 }), inputRowsPerSecond: 120 }
    const behind = { atCommitRecords, beforeCommitRecords: null, behindMs: 900 }
    const lag = { shards: [{ shardId: SHARD, ...behind }], total: behind }
    return {
      simulator: {
        value: { rates: { sentPerSecond: 7, acceptedPerSecond: 6, throttledPerSecond: 1, retriedPerSecond: 2 } },
        receivedMs,
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
      atCommitRecords: 40,
      behindMs: 900,
      shards: { [SHARD]: { atCommitRecords: 40, behindMs: 900, receivedRecords: 500, receivedBytes: 9_000 } },
    })
  })

  it('has nothing of an answer that is too old to be of now', () => {
    const { shards, ...rest } = sampleOf(parts({ ageMs: 32_000 }), NOW)
    expect(shards).toEqual({})
    expect(Object.keys(rest)).toEqual(['atMs'])
  })

  it('reads nothing a second when the last batch is long ago, and does not say so of a query that does not run', () => {
    expect(sampleOf(parts(), NOW + 4_000).readPerSecond).toBe(0)
    expect(sampleOf(parts({ state: 'COMPLETED' }), NOW)).not.toHaveProperty('readPerSecond')
  })

  it('does not hold what is not known', () => {
    const found = sampleOf(parts({ atCommitRecords: null }), NOW)
    expect(found).not.toHaveProperty('atCommitRecords')
    expect(found.shards[SHARD]).toEqual({ behindMs: 900, receivedRecords: 500, receivedBytes: 9_000 })
  })
})
