import { describe, expect, it } from 'vitest'
import { pointsOf, type Sample, samplesOf, waitingPoints } from '../../../renderer/app/samples.ts'

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

  it('series of the history become samples by their time', () => {
    const series = [
      { name: 'lag/behindRecords', points: [[2_000, 4]] as [number, number][] },
      { name: 'shard/shardId-000000000001/behindRecords', points: [[1_000, 3]] as [number, number][] },
    ]
    expect(samplesOf(series)).toEqual([
      { atMs: 1_000, shards: { 'shardId-000000000001': { behindRecords: 3 } } },
      { atMs: 2_000, behindRecords: 4, shards: {} },
    ])
  })
})
