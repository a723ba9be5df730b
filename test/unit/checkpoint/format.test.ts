import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  formatCommitEntry,
  formatPlanEntry,
  parseCheckpointMetadata,
  parseCommitEntry,
  parsePlanEntry,
} from '../../../shared/job/checkpoint.ts'
import { QueryProgress } from '../../../shared/job/progress.ts'
import { progressOf } from '../../fixture/progress-of.ts'

const made = readFileSync(
  fileURLToPath(new URL('../../../spark/tests/checkpoint_metadata.json', import.meta.url)),
  'utf8',
)

it('what the job on Spark writes into a new checkpoint is read whole (file of spark/tests/test_origin.py)', () => {
  expect(parseCheckpointMetadata(made)).toEqual(JSON.parse(made))
})

it('a checkpoint from before it said what it is of is read, and its origin is not known', () => {
  expect(parseCheckpointMetadata('{"id":"a"}')).toEqual({ id: 'a' })
})

it('a later format is refused by its number, whatever else it has', () => {
  expect(() => parseCheckpointMetadata('{"id":"a","sluice":{"format":2,"new":1}}')).toThrow('it is of format 2')
})

it('plans and commits are read as they were written', () => {
  const position = fc.record({ position: fc.string(), records: fc.nat(), bytes: fc.nat() })
  const plan = fc.record({
    watermarkMs: fc.option(fc.integer(), { nil: undefined }),
    end: fc.dictionary(fc.stringMatching(/^shardId-\d{12}$/), position),
    coveredUntilMs: fc.dictionary(fc.stringMatching(/^shardId-\d{12}$/), fc.nat()),
    runId: fc.uuid(),
  })
  fc.assert(
    fc.property(plan, entry => {
      const { watermarkMs, end, coveredUntilMs } = parsePlanEntry(formatPlanEntry(entry))
      expect({ watermarkMs, end: { ...end }, coveredUntilMs: { ...coveredUntilMs } }).toEqual({
        watermarkMs: entry.watermarkMs,
        end: { ...entry.end },
        coveredUntilMs: { ...entry.coveredUntilMs },
      })
      expect(parseCommitEntry(formatCommitEntry({ maxEventTimeMs: entry.watermarkMs, runId: 'r' }))).toEqual({
        maxEventTimeMs: entry.watermarkMs,
      })
    }),
  )
})

it('an offset and a progress of the version before are read, by the names that their members have now', () => {
  const position = { position: 'SHARD_END', records: 3, bytes: 30, lastSequenceNumber: '17' }
  const { end } = parsePlanEntry(`v1\n{}\n${JSON.stringify({ 'shardId-0': position })}`)
  expect(end).toEqual({ 'shardId-0': { position: 'SHARD_END', records: 3, bytes: 30, lastOffset: '17' } })
  const written = progressOf({ end: {}, partitions: {} })
  const { partitions, sourceRecords: _, ...sluice } = written.sluice
  const gap = { position: '17', from: null, until: '2026-11-20T12:00:00Z', foundAt: '2026-11-20T12:00:00Z' }
  const older = {
    ...written,
    sluice: {
      ...sluice,
      shards: { 'shardId-0': { millisBehindLatest: 0, readAt: '2026-11-20T12:00:00Z' } },
      kinesisRecords: 9,
      retentionGaps: [{ ...gap, shardId: 'shardId-0', firstSequenceNumber: '18', shardGone: false }],
    },
  }
  expect(partitions).toEqual({})
  expect(QueryProgress.parse(older).sluice).toMatchObject({
    partitions: { 'shardId-0': { millisBehindLatest: 0 } },
    sourceRecords: 9,
    retentionGaps: [{ partitionId: 'shardId-0', firstOffset: '18', partitionGone: false }],
  })
})

it('an entry of Spark itself says what Spark froze', () => {
  const { conf } = parsePlanEntry(
    'v1\n{"batchWatermarkMs":0,"batchTimestampMs":1795629600000,"conf":{"spark.sql.shuffle.partitions":"8"}}\n{}',
  )
  expect(conf).toEqual({ 'spark.sql.shuffle.partitions': '8' })
})

it.each(['', 'v2\n{}\n{}', 'v1\n{}'])('a text that is no plan is refused: %j', text => {
  expect(() => parsePlanEntry(text)).toThrow(/not an offset log entry/)
})
