import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, Source, WorkEvent } from './scope.ts'

export const Shard = z.object({
  id: z.string(),
  parents: z.array(z.string()),
  /** Decimal text of 128-bit numbers, as Kinesis gives them. */
  hashRange: z.object({ start: z.string(), end: z.string() }),
  state: z.enum(['open', 'closed']),
  /** Since the stream was made, or since the start of its retention. */
  received: z.object({ records: z.int(), bytes: z.int(), source: Source }),
})
export type Shard = z.infer<typeof Shard>

export const StreamDescription = z.object({
  name: z.string(),
  arn: z.string(),
  status: z.string(),
  mode: z.string(),
  retentionHours: z.number(),
  shards: z.array(Shard),
  at: z.iso.datetime(),
})
export type StreamDescription = z.infer<typeof StreamDescription>

/** Where to view records from; `next` goes on where a page ended. */
export const RecordsFrom = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('oldest') }),
  z.strictObject({ kind: z.literal('newest') }),
  z.strictObject({ kind: z.literal('time'), at: z.iso.datetime() }),
  z.strictObject({ kind: z.literal('sequence'), sequenceNumber: z.string().regex(/^\d{1,129}$/) }),
  /** Behind a record that is not wanted itself: where a batch begins. */
  z.strictObject({ kind: z.literal('after'), sequenceNumber: z.string().regex(/^\d{1,129}$/) }),
  z.strictObject({ kind: z.literal('next'), iterator: z.string().min(1).max(512) }),
])
export type RecordsFrom = z.infer<typeof RecordsFrom>

export const StreamRecord = z.object({
  sequenceNumber: z.string(),
  partitionKey: z.string(),
  arrivedAt: z.iso.datetime(),
  /** The data as text, or as base64 where it is none; of an aggregate, that of each of its records, a line each. */
  text: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  /** How many records an aggregate of the Kinesis Producer Library holds; null of a record that is none. */
  aggregateOf: z.int().nullable(),
  /** Of data and partition key, as Kinesis counts a record. */
  sizeBytes: z.int(),
})
export type StreamRecord = z.infer<typeof StreamRecord>

export const RecordsPage = z.object({
  records: z.array(StreamRecord),
  /** To go on with; null at the end of a closed shard. */
  next: z.string().nullable(),
  millisBehindLatest: z.number(),
  /** What these reads took of the shard's reads in the last minute. */
  readsLastMinute: z.int(),
  at: z.iso.datetime(),
})
export type RecordsPage = z.infer<typeof RecordsPage>

export const streamContract = {
  describe: call(PipelineScope, StreamDescription),
  watch: stream(PipelineScope.extend({ everyMs: z.int().min(250).default(1000) }), StreamDescription),
  /** Reads records of one shard: one read a second at most, whoever asks. */
  records: call(
    PipelineScope.extend({
      shardId: z.string().min(1),
      from: RecordsFrom,
      limit: z.int().min(1).max(1_000).default(100),
    }),
    RecordsPage,
  ),
  /** UpdateShardCount, followed until the stream is active again. */
  reshard: stream(PipelineScope.extend({ shards: z.int().min(1).max(500) }), WorkEvent, { overflow: 'wait' }),
}
