import { describe, expect, it } from 'vitest'
import { acceptedAsCounted } from '../../../electron/core/ledger/accepted-as-counted.ts'
import { inStream } from '../../../electron/core/ledger/in-stream.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'

const NOW = Date.parse('2026-11-20T12:00:30.000Z')
const MINUTE = 60_000
const minute = (back: number, records: number) => ({
  atMs: Math.floor(NOW / MINUTE - back) * MINUTE,
  lengthMs: MINUTE,
  records,
  bytes: records * 100,
})
const iso = (msAgo: number) => new Date(NOW - msAgo).toISOString()
const committed = { 'shard-0': { position: '7', records: 100, bytes: 10_000 } }

/** A reader that is at the same records as the checkpoint. */
const progress = (reader: { millisBehindLatest: number; readAt: string; oldestWaitingAt: string | null }) =>
  ({ sources: [{ endOffset: committed }], sluice: { partitions: { 'shard-0': reader } } }) as unknown as QueryProgress
const inputs = { committed, progress: undefined, retentionMs: 24 * 60 * MINUTE, nowMs: NOW }

describe('what is in flight in the stream', () => {
  it('is nothing when all that was received is in committed batches', () => {
    expect(inStream({ ...inputs, notRead: 0, arrivals: [minute(0, 100)] })).toEqual({ records: 0, oldestMs: null })
  })

  it('is what was received and not committed, as old as the oldest record that the reader holds', () => {
    const holds = progress({ millisBehindLatest: 0, readAt: iso(200), oldestWaitingAt: iso(900) })
    expect(inStream({ ...inputs, progress: holds, notRead: 40, arrivals: [minute(1, 80), minute(0, 60)] })).toEqual({
      records: 40,
      oldestMs: 900,
    })
  })

  it('is at most as old as the minute in which it was counted, where no reader says more', () => {
    const found = inStream({ ...inputs, notRead: 70, arrivals: [minute(2, 500), minute(1, 20), minute(0, 60)] })
    expect(found).toEqual({ records: 70, oldestMs: 90_000 })
  })

  it('is not what the reader left behind: it had seen the tip of the shard with nothing in its hands', () => {
    const idle = progress({ millisBehindLatest: 0, readAt: iso(1_000), oldestWaitingAt: null })
    const arrivals = [minute(5, 500), minute(0, 3)]
    expect(inStream({ ...inputs, progress: idle, notRead: 5, arrivals })).toEqual({ records: 3, oldestMs: 1_000 })
    expect(inStream({ ...inputs, progress: idle, notRead: 5, arrivals: [minute(5, 500)] }).records).toBe(0)
  })

  it('is not what is older than the retention', () => {
    const arrivals = [minute(200, 500), minute(3, 10)]
    expect(inStream({ ...inputs, retentionMs: 60 * MINUTE, notRead: 30, arrivals }).records).toBe(10)
  })
})

describe('what the simulator had accepted when the stream was counted', () => {
  const before = { accepted: 100, pending: 4 }
  const after = { accepted: 120, pending: 10 }
  const of = (received: number, estimated = false) => acceptedAsCounted({ before, after, received, estimated })

  it('is what the stream has, between the two readings, and the rest was pending', () => {
    expect(of(110)).toEqual({ accepted: 110, pending: 20, notCountedYet: 0 })
    expect(of(126)).toEqual({ accepted: 126, pending: 4, notCountedYet: 0 })
  })

  it('is not bent to a count of the stream that has fewer than were accepted before, or more than were sent', () => {
    expect(of(99)).toEqual({ accepted: 120, pending: 10, notCountedYet: 0 })
    expect(of(140)).toEqual({ accepted: 130, pending: 0, notCountedYet: 0 })
  })

  it('is more than a count has that comes minutes late, which says how many are not in it', () => {
    expect(of(90, true)).toEqual({ accepted: 120, pending: 10, notCountedYet: 30 })
  })
})
