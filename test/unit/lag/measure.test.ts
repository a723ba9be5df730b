import { describe, expect, it } from 'vitest'
import { catchUpSeconds, measureLag, trendOf } from '../../../electron/core/lag/measure.ts'
import { toProgress } from '../../../electron/engine/progress.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')

function progressAt(position: string, records: number, millisBehindLatest: number, readMsAgo: number) {
  const offset = { 'shardId-0': { position, records, bytes: records * 100 } }
  return toProgress({
    queryId: 'q',
    runId: 'r',
    name: 'n',
    batchId: 1,
    startedMs: NOW - 1_000,
    endedMs: NOW,
    workedSinceMs: NOW - 1_000,
    triggerMs: 1_000,
    durationMs: {},
    start: null,
    end: offset,
    counts: { read: 0, invalid: 0, late: 0, duplicatesInBatch: 0, staged: 0, duplicatesMatched: 0, loaded: 0 },
    watermarkMs: undefined,
    eventTime: undefined,
    shards: { 'shardId-0': { millisBehindLatest, readAt: new Date(NOW - readMsAgo).toISOString() } },
    stream: 's',
    table: 't',
  })
}
const lagOf = (open: boolean, received: number, progress: ReturnType<typeof progressAt> | undefined) =>
  measureLag({
    shards: [{ id: 'shardId-0', open }],
    received: new Map([['shardId-0', { records: received, bytes: received * 100 }]]),
    progress,
    nowMs: NOW,
  })[0]

describe('lag of a shard', () => {
  it('is what the stream counted less what was committed, in records and bytes', () => {
    expect(lagOf(true, 120, progressAt('5', 100, 700, 0))).toMatchObject({ behindRecords: 20, behindBytes: 2_000, behindMs: 700 })
  })
  it('grows with time while nothing is read', () => {
    expect(lagOf(true, 120, progressAt('5', 100, 700, 5_000))?.behindMs).toBe(5_700)
  })
  it('is nothing on an idle shard, however long ago it was read', () => {
    expect(lagOf(true, 100, progressAt('5', 100, 0, 3_600_000))).toMatchObject({ behindRecords: 0, behindMs: 0 })
  })
  it('is not known in time before a job ever read', () => {
    expect(lagOf(true, 10, undefined)).toMatchObject({ behindRecords: 10, behindMs: null, position: 'not started' })
  })
  it('of a closed shard ends when it is drained', () => {
    expect(lagOf(false, 120, progressAt('5', 100, 0, 0))).toMatchObject({ state: 'draining', behindRecords: 20 })
    expect(lagOf(false, 120, progressAt('SHARD_END', 120, 0, 0))).toMatchObject({
      state: 'drained',
      behindRecords: 0,
      behindMs: 0,
    })
  })
})

it('the trend of a lag is its slope, and says when it will be caught up', () => {
  const points = [0, 1, 2, 3].map(second => ({ atMs: second * 1_000, records: 1_000 - second * 50 }))
  expect(trendOf(points)).toBeCloseTo(-50)
  expect(catchUpSeconds(850, -50)).toBeCloseTo(17)
  expect(catchUpSeconds(850, 10)).toBeNull()
  expect(catchUpSeconds(0, 10)).toBe(0)
  expect(trendOf(points.slice(0, 1))).toBeNull()
})
