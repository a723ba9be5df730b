import { expect, it } from 'vitest'
import { kinesisPositions } from '../../../electron/core/sources/kinesis/positions.ts'
import { KINESIS_WORDS } from '../../../electron/core/sources/kinesis/words.ts'
import { momentsOf, whenRead } from '../../../electron/core/trace/moments.ts'
import { readSpans } from '../../../electron/engine/kinesis/read-spans.ts'
import { MOST_READ_SPANS, type QueryProgress } from '../../../shared/job/progress.ts'
import { progressOf } from '../../fixture/progress-of.ts'

const SHARD = 'shardId-000000000000'
const START = Date.parse('2026-11-20T12:00:00.000Z')
const iso = (ms: number) => new Date(START + ms).toISOString()
/** As Kinesis has them: more digits than a number of JavaScript holds. */
const sequence = (number: number) => `4965${'0'.repeat(44)}${String(number).padStart(8, '0')}`

function batchOf(pages: { records: number; readMs: number }[]): QueryProgress {
  let number = 0
  const records = pages.flatMap(({ records: count, readMs }) =>
    Array.from({ length: count }, () => ({
      partitionId: SHARD,
      offset: sequence(number++),
      partitionKey: 'k',
      arrivedMs: 0,
      readAtMs: START + readMs,
      data: Buffer.alloc(0),
    })),
  )
  const progress = progressOf({ end: {}, partitions: {}, rows: number, endedMs: START + 2_000 })
  return { ...progress, sluice: { ...progress.sluice, reads: readSpans(records) } }
}
const read = (progress: QueryProgress, number: number, partitionId = SHARD) =>
  whenRead(progress, { partition: partitionId, offset: sequence(number) }, kinesisPositions)

it('a record was read when the page was there that it came with', () => {
  const progress = batchOf([
    { records: 3, readMs: 100 },
    { records: 2, readMs: 350 },
  ])
  expect([0, 2, 3, 4].map(number => read(progress, number))).toEqual([100, 100, 350, 350].map(ms => ({ at: iso(ms) })))
})

it('of a batch of many pages it is known between which two times a record was read, in few words', () => {
  const pages = 1_000
  const progress = batchOf(Array.from({ length: pages }, (_, page) => ({ records: 2, readMs: page * 10 })))
  const spans = progress.sluice.reads?.[SHARD] ?? []
  expect(spans.length).toBeGreaterThan(MOST_READ_SPANS / 2)
  expect(spans.length).toBeLessThanOrEqual(MOST_READ_SPANS)
  for (const number of [0, 1, 777, 1_998, 1_999]) {
    const when = read(progress, number)
    const trueMs = Math.floor(number / 2) * 10
    expect(Date.parse(when?.from ?? '')).toBeLessThanOrEqual(START + trueMs)
    expect(Date.parse(when?.at ?? '')).toBeGreaterThanOrEqual(START + trueMs)
  }
})

it(
  'nothing is known of a record that is not of the batch, of another shard, or of a batch that says nothing of ' +
    'reading',
  () => {
    const progress = batchOf([{ records: 3, readMs: 100 }])
    expect(read(progress, 3)).toBeUndefined()
    expect(read(progress, 0, 'shardId-000000000001')).toBeUndefined()
    expect(read(progressOf({ end: {}, partitions: {} }), 0)).toBeUndefined()
  },
)

it('moments follow each other by their times, each with who reported it', () => {
  const progress = batchOf([{ records: 1, readMs: 300 }])
  const moments = momentsOf({
    eventTime: '2026-11-02T12:00:00.000Z',
    sentAt: iso(100),
    arrivedAt: iso(150),
    place: { partition: SHARD, offset: sequence(0) },
    progress,
    loadedAt: iso(1_900),
    batchTable: 's.batches',
    source: { positions: kinesisPositions, words: KINESIS_WORDS },
  })
  expect(moments.map(({ name, at }) => [name, at])).toEqual([
    ['event time', '2026-11-02T12:00:00.000Z'],
    ['sent', iso(100)],
    ['arrived', iso(150)],
    ['read', iso(300)],
    ['batch began', iso(1_500)],
    ['loaded', iso(1_900)],
    ['batch committed', iso(2_000)],
  ])
  expect(moments.find(moment => moment.name === 'loaded')?.source).toContain('s.batches')
  expect(moments.find(moment => moment.name === 'read')?.source).toContain('the embedded engine')
})
