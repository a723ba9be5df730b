import { z } from 'zod'
import { SourceWords } from '../pipelines/source-words.ts'
import { call, stream } from '../rpc/contract.ts'
import { PartitionId, PipelineScope, Source, WorkEvent } from './scope.ts'

export const Partition = z.object({
  id: z.string(),
  parents: z.array(z.string()),
  /** Of all keys, 0 to 1, and the range in the source's own words; null where keys are not assigned by ranges. */
  keys: z.object({ share: z.number(), range: z.string() }).nullable(),
  state: z.enum(['open', 'closed']),
  /** Since the stream was made, or since the start of its retention. */
  received: z.object({ records: z.int(), bytes: z.int(), source: Source }),
})
export type Partition = z.infer<typeof Partition>

export const StreamDescription = z.object({
  name: z.string(),
  /** The address by which its service knows it. */
  address: z.string(),
  status: z.string(),
  mode: z.string(),
  retentionHours: z.number(),
  partitions: z.array(Partition),
  /** What its service's users call its parts. */
  words: SourceWords,
  /** What one partition takes per second; null where nothing limits it. */
  writeLimits: z.object({ recordsPerSecond: z.number(), bytesPerSecond: z.number() }).nullable(),
  /** What this kind of source can do that others cannot. */
  can: z.object({
    /** Change how many partitions are open while it runs: to so many in one step. Null where it cannot. */
    repartition: z.object({ least: z.int(), most: z.int() }).nullable(),
    /** Say how old what its readers read last is, whoever they are. */
    readerAges: z.boolean(),
  }),
  at: z.iso.datetime(),
})
export type StreamDescription = z.infer<typeof StreamDescription>

/** The number of a record in its partition, as text that only its source understands. */
const Offset = z.string().min(1).max(256)

/** Where to view records from; `next` goes on where a page ended. */
export const RecordsFrom = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('oldest') }),
  z.strictObject({ kind: z.literal('newest') }),
  z.strictObject({ kind: z.literal('time'), at: z.iso.datetime() }),
  /** At a record, by its own number in the partition. */
  z.strictObject({ kind: z.literal('offset'), offset: Offset }),
  /** Behind a record that is not wanted itself: where a batch begins. */
  z.strictObject({ kind: z.literal('after'), offset: Offset }),
  z.strictObject({ kind: z.literal('next'), cursor: z.string().min(1).max(512) }),
])
export type RecordsFrom = z.infer<typeof RecordsFrom>

export const StreamRecord = z.object({
  offset: z.string(),
  partitionKey: z.string(),
  arrivedAt: z.iso.datetime(),
  /** The data as text, or as base64 where it is none; of an aggregate, that of each of its records, a line each. */
  text: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  /** How many records a producer put together into this one; null of a record that is none of these. */
  aggregateOf: z.int().nullable(),
  /** Of data and key. */
  sizeBytes: z.int(),
})
export type StreamRecord = z.infer<typeof StreamRecord>

export const RecordsPage = z.object({
  records: z.array(StreamRecord),
  /** To go on with; null at the end of a closed partition. */
  next: z.string().nullable(),
  millisBehindLatest: z.number(),
  /** What these reads took of the partition's reads in the last minute. */
  readsLastMinute: z.int(),
  at: z.iso.datetime(),
})
export type RecordsPage = z.infer<typeof RecordsPage>

export const streamContract = {
  describe: call(PipelineScope, StreamDescription),
  watch: stream(PipelineScope.extend({ everyMs: z.int().min(250).default(1000) }), StreamDescription),
  /** Reads records of one partition: one read a second at most for all callers together. */
  records: call(
    PipelineScope.extend({
      partitionId: PartitionId,
      from: RecordsFrom,
      limit: z.int().min(1).max(1_000).default(100),
    }),
    RecordsPage,
  ),
  /** Changes how many partitions are open, followed until the stream is ready again; where the source can. */
  repartition: stream(PipelineScope.extend({ partitions: z.int().min(1).max(500) }), WorkEvent, { overflow: 'wait' }),
}
