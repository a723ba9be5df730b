import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AdviceInputs,
  adviseOn,
  batchSizeFor,
  CATCH_UP_SECONDS,
  partitionsForReading,
} from '../../../electron/core/lag/advice.ts'
import { KINESIS_LIMITS as LIMITS, KINESIS_WORDS as WORDS } from '../../../electron/core/sources/kinesis/words.ts'
import { SHARD_LIMITS } from '../../../shared/kinesis-limits.ts'
import { progressOf } from '../../fixture/progress-of.ts'

const COUNTED_BY = 'CloudWatch ReadProvisionedThroughputExceeded'
const NOW = Date.parse('2026-11-20T12:00:00Z')

function advise(given: Partial<AdviceInputs> & { rows: number; tookMs: number; silentMs?: number }) {
  const { rows, tookMs, silentMs = 500, ...inputs } = given
  return adviseOn({
    behindMs: 120_000,
    behindRecords: 50_000,
    behindBytes: 50_000 * 300,
    incomingRecordsPerSecond: 900,
    incomingBytesPerSecond: 900 * 300,
    openPartitions: 1,
    triggerMs: 1_000,
    maxRecordsPerBatch: 500,
    progress: progressOf({ end: {}, partitions: {}, rows, tookMs, endedMs: NOW - silentMs }),
    nowMs: NOW,
    source: { words: WORDS, limits: LIMITS },
    ...inputs,
  })
}

describe('what keeps a query from catching up', () => {
  it('is the batch size, when batches are full and wait for the trigger', () => {
    const advice = advise({ rows: 500, tookMs: 300 })
    expect(advice).toMatchObject({
      limit: 'batch-size',
      capacityPerSecond: 500,
      batchSizeNeeded: 984,
      partitionsNeeded: null,
    })
    expect(advice.sentence).toContain('not more than the 900 that arrive')
    expect(advice.sentence).toContain('Batches of 984')
    expect(advice.figures.map(figure => figure.source)).toContain('pipeline spec')
  })
  it('is given in records of the stream, however many rows producers put into each', () => {
    const progress = progressOf({ end: {}, partitions: {}, rows: 6_000, tookMs: 2_000, endedMs: NOW - 500 })
    const packed = { ...progress, sluice: { ...progress.sluice, sourceRecords: 400 } }
    const advice = advise({ rows: 0, tookMs: 0, progress: packed })
    // 6,000 rows in two seconds are 3,000 rows a second, and 200 of the records that arrive and wait.
    expect(advice).toMatchObject({ limit: 'processing', capacityPerSecond: 200 })
    expect(advice.figures).toContainEqual(expect.objectContaining({ label: 'last batch', value: 400, unit: 'records' }))
    // Not full: the batch size counts records, too.
    expect(advise({ rows: 0, tookMs: 0, progress: { ...packed, batchDuration: 300 } }).limit).toBe('reading')
  })
  it('is processing, when a batch takes longer than its trigger', () => {
    const advice = advise({ rows: 500, tookMs: 1_700 })
    expect(advice).toMatchObject({ limit: 'processing', batchSizeNeeded: null, partitionsNeeded: null })
    expect(advice.capacityPerSecond).toBeCloseTo(500 / 1.7)
    expect(advice.sentence).toContain('More shards would not help')
  })
  it('is reading, when batches are neither full nor slow', () => {
    const advice = advise({
      rows: 2_000,
      tookMs: 300,
      maxRecordsPerBatch: 100_000,
      behindRecords: 2_000_000,
      behindBytes: 2_000_000 * 1_000,
    })
    expect(advice).toMatchObject({ limit: 'reading', partitionsNeeded: 3, batchSizeNeeded: null })
    expect(advice.capacityPerSecond).toBeCloseTo(SHARD_LIMITS.readBytesPerSecond / 1_000)
  })
  it(
    'is reads that Kinesis throttles, when it throttles some: as many as CloudWatch says, and none when it says ' +
      'none',
    () => {
      const reading = { rows: 100, tookMs: 300, maxRecordsPerBatch: 100_000, openPartitions: 16 }
      const throttled = advise({ ...reading, throttledReads: { calls: 1_240, minutes: 3, countedBy: COUNTED_BY } })
      expect(throttled.sentence).toContain('Kinesis throttled 1,240 reads in the last 3 minutes')
      expect(throttled.sentence).toContain('other readers')
      expect(throttled.figures).toContainEqual(
        expect.objectContaining({
          label: 'throttled',
          value: 1_240,
          source: COUNTED_BY,
        }),
      )
      const none = advise({ ...reading, throttledReads: { calls: 0, minutes: 3, countedBy: COUNTED_BY } })
      expect(none.sentence).toContain('No read was throttled in the last 3 minutes')
      expect(none.sentence).not.toContain('other readers')
      expect(advise(reading).sentence).not.toContain('throttled')
    },
  )
  it('is not the number of shards, when one reader uses a small part of what they give', () => {
    const advice = advise({ rows: 100, tookMs: 300, maxRecordsPerBatch: 100_000, openPartitions: 16 })
    expect(advice).toMatchObject({ limit: 'reading', partitionsNeeded: null })
    expect(advice.sentence).toContain('other readers')
  })
  it('is that it does not run, when it has reported no trigger for long', () => {
    expect(advise({ rows: 500, tookMs: 300, silentMs: 60_000 }).limit).toBe('stopped')
    expect(advise({ rows: 500, tookMs: 300, silentMs: 6_900_000 }).sentence).toContain('no trigger for 1.9 h:')
    expect(adviseOn({ ...silent, progress: undefined }).limit).toBe('stopped')
  })
  it('is nothing while it keeps up, or nothing waits', () => {
    expect(advise({ rows: 500, tookMs: 300, behindMs: 2_000 }).limit).toBe('none')
    expect(advise({ rows: 0, tookMs: 300, behindRecords: 0, behindMs: 0 }).sentence).toBe('Nothing waits.')
  })
  it('is not guessed from an idle trigger', () => {
    expect(advise({ rows: 0, tookMs: 5 }).limit).toBe('unknown')
  })
})
const silent: AdviceInputs = {
  behindMs: 60_000,
  behindRecords: 10,
  behindBytes: 10,
  incomingRecordsPerSecond: 0,
  incomingBytesPerSecond: 0,
  openPartitions: 1,
  triggerMs: 1_000,
  maxRecordsPerBatch: 500,
  progress: undefined,
  nowMs: NOW,
  source: { words: WORDS, limits: LIMITS },
}

describe('what would let it catch up', () => {
  it('is the least batch size that does: one less would not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 1, max: 120_000 }), (perSecond, triggerMs) => {
        const size = batchSizeFor(perSecond, triggerMs)
        expect((size * 1_000) / triggerMs).toBeGreaterThanOrEqual(perSecond)
        expect(((size - 1) * 1_000) / triggerMs).toBeLessThan(perSecond)
      }),
    )
  })
  it('is the least number of shards that give so much', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), bytesPerSecond => {
        const shards = partitionsForReading(bytesPerSecond, LIMITS)
        expect(shards * SHARD_LIMITS.readBytesPerSecond).toBeGreaterThanOrEqual(bytesPerSecond)
        expect(shards === 1 || (shards - 1) * SHARD_LIMITS.readBytesPerSecond < bytesPerSecond).toBe(true)
      }),
    )
  })
  it('with the advised batch size is caught up in time, and the advice then names it no more', () => {
    const cases = fc.record({
      incoming: fc.integer({ min: 1, max: 20_000 }),
      behind: fc.integer({ min: 1_000, max: 1e7 }),
      triggerMs: fc.integer({ min: 500, max: 60_000 }),
      maxRecordsPerBatch: fc.integer({ min: 100, max: 100_000 }),
    })
    fc.assert(
      fc.property(cases, ({ incoming, behind, triggerMs, maxRecordsPerBatch }) => {
        const given = { behindMs: 1e6, behindRecords: behind, incomingRecordsPerSecond: incoming, triggerMs }
        const full = (size: number) =>
          advise({ ...given, maxRecordsPerBatch: size, rows: size, tookMs: Math.floor(triggerMs / 2) })
        const needed = full(maxRecordsPerBatch).batchSizeNeeded
        if (needed === null) {
          expect((maxRecordsPerBatch * 1_000) / triggerMs).toBeGreaterThanOrEqual(
            incoming + behind / CATCH_UP_SECONDS - 1e-6,
          )
          return
        }
        expect(needed).toBeGreaterThan(maxRecordsPerBatch)
        expect(behind / ((needed * 1_000) / triggerMs - incoming)).toBeLessThanOrEqual(CATCH_UP_SECONDS + 1e-3)
        expect(full(needed).batchSizeNeeded).toBeNull()
      }),
    )
  })
})
