import { describe, expect, it } from 'vitest'
import type { LiveParts } from '../../../renderer/live/parts.ts'
import { lagPoints, pointsOf, type Sample, sampleOf, samplesOf, throttledLine } from '../../../renderer/live/samples.ts'
import { progressOf } from '../../fixture/progress-of.ts'

const sample = (second: number, readPerSecond?: number): Sample => ({
  atMs: second * 1_000,
  ...(readPerSecond !== undefined && { readPerSecond }),
  partitions: {},
})
const read = (entry: Sample) => entry.readPerSecond

describe('samples as points of a chart', () => {
  it('a sample without a value gives no point', () => {
    expect(pointsOf([sample(0, 5), sample(1), sample(2, 7)], read)).toEqual([
      [0, 5],
      [2_000, 7],
    ])
  })

  it('the lag is that at each commit, with a band of its lowest and highest between commits', () => {
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
      { name: 'partition/shardId-000000000001/atCommitRecords', points: [[1_000, 3]] as [number, number][] },
      { name: 'partition/shardId-000000000001/somethingElse', points: [[1_000, 3]] as [number, number][] },
      { name: 'partition/shardId-000000000001/receivedRecords', points: [[1_000, 90]] as [number, number][] },
    ]
    expect(samplesOf(series)).toEqual([
      { atMs: 1_000, partitions: { 'shardId-000000000001': { atCommitRecords: 3, receivedRecords: 90 } } },
      { atMs: 2_000, atCommitRecords: 4, leastAtCommitRecords: 1, beforeCommitRecords: 9, partitions: {} },
    ])
  })

  it('throttled records are a line only if there were any', () => {
    const throttled = (throttledPerSecond: number): Sample => ({ ...sample(0), throttledPerSecond })
    expect(throttledLine([throttled(0), throttled(0)])).toEqual([])
    expect(throttledLine([throttled(0), throttled(3)])).toMatchObject([{ name: 'throttled', emphasis: 'bad' }])
  })
})

describe('a sample of all parts', () => {
  const NOW = Date.parse('2026-11-20T12:00:03Z')
  const SHARD = 'shardId-000000000000'
  /** A query that runs and committed a batch three seconds ago, with 40 records waiting, all received `ageMs` ago. */
  function parts({ ageMs = 0, state = 'RUNNING', atCommitRecords = 40 as number | null } = {}): LiveParts {
    const receivedMs = NOW - ageMs
    const progress = { ...progressOf({ end: {}, partitions: {}, rows: 10 }), inputRowsPerSecond: 120 }
    const behind = { atCommitRecords, beforeCommitRecords: null, behindMs: 900 }
    const lag = { partitions: [{ partitionId: SHARD, ...behind }], total: behind }
    return {
      simulator: {
        value: { rates: { sentPerSecond: 7, acceptedPerSecond: 6, throttledPerSecond: 1, retriedPerSecond: 2 } },
        receivedMs,
      },
      stream: { value: { partitions: [{ id: SHARD, received: { records: 500, bytes: 9_000 } }] }, receivedMs },
      lag: { value: lag, receivedMs },
      jobs: { value: { clusters: [{ steps: [{ state }] }], progress }, receivedMs },
      ledger: {},
      latency: {},
    } as unknown as LiveParts
  }

  it('a sample holds the figures of every part', () => {
    expect(sampleOf(parts(), NOW)).toEqual({
      atMs: NOW,
      sentPerSecond: 7,
      acceptedPerSecond: 6,
      throttledPerSecond: 1,
      retriedPerSecond: 2,
      readPerSecond: 120,
      atCommitRecords: 40,
      behindMs: 900,
      partitions: { [SHARD]: { atCommitRecords: 40, behindMs: 900, receivedRecords: 500, receivedBytes: 9_000 } },
    })
  })

  it('a sample leaves out a result that is too old', () => {
    const { partitions, ...rest } = sampleOf(parts({ ageMs: 32_000 }), NOW)
    expect(partitions).toEqual({})
    expect(Object.keys(rest)).toEqual(['atMs'])
  })

  it('a sample has a read rate of 0 after an old batch, and none when no query runs', () => {
    expect(sampleOf(parts(), NOW + 4_000).readPerSecond).toBe(0)
    expect(sampleOf(parts({ state: 'COMPLETED' }), NOW)).not.toHaveProperty('readPerSecond')
  })

  it('a sample leaves out what is not known', () => {
    const found = sampleOf(parts({ atCommitRecords: null }), NOW)
    expect(found).not.toHaveProperty('atCommitRecords')
    expect(found.partitions[SHARD]).toEqual({ behindMs: 900, receivedRecords: 500, receivedBytes: 9_000 })
  })
})
