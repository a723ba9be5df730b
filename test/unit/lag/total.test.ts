import { describe, expect, it } from 'vitest'
import { totalOf } from '../../../electron/core/lag/total.ts'
import type { PartitionLag } from '../../../shared/features/lag.ts'

const shard = (change: Partial<PartitionLag>): PartitionLag => ({
  partitionId: 's',
  state: 'open',
  waitsFor: [],
  behindMs: 0,
  behindWithinMs: 0,
  behindRecords: 0,
  behindBytes: 0,
  atCommitRecords: 0,
  beforeCommitRecords: 0,
  retentionLeftMs: null,
  lostRecords: 0,
  lostBytes: 0,
  position: '1',
  readRecords: 0,
  incomingRecordsPerSecond: null,
  incomingBytesPerSecond: null,
  trendRecordsPerSecond: null,
  catchUpSeconds: null,
  ...change,
})

describe('the lag of all shards together', () => {
  it(
    'is the worst in time with its own uncertainty, the sum in records and bytes, the least of what retention ' +
      'leaves',
    () => {
      const far = shard({
        behindMs: 900,
        behindWithinMs: 30,
        behindRecords: 5,
        behindBytes: 50,
        retentionLeftMs: 7_000,
      })
      const near = shard({
        behindMs: 400,
        behindWithinMs: 90,
        behindRecords: 2,
        behindBytes: 20,
        retentionLeftMs: 9_000,
      })
      expect(totalOf([near, far])).toMatchObject({
        behindMs: 900,
        behindWithinMs: 30,
        behindRecords: 7,
        behindBytes: 70,
        retentionLeftMs: 7_000,
      })
    },
  )

  it('is not known while one of them is not, and of no shards', () => {
    const unknown = shard({ behindMs: null, behindRecords: null })
    expect(totalOf([shard({ behindMs: 900, behindRecords: 5 }), unknown])).toMatchObject({
      behindMs: null,
      behindRecords: null,
    })
    expect(totalOf([])).toMatchObject({ behindMs: null, behindRecords: null, retentionLeftMs: null })
  })
})
