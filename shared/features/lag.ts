import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, Source } from './scope.ts'

/** How far a consumer is behind on one shard: always milliseconds, records and bytes. */
export const ShardLag = z.object({
  shardId: z.string(),
  state: z.enum(['open', 'draining', 'drained']),
  behindMs: z.number().nullable(),
  behindRecords: z.int().nullable(),
  behindBytes: z.int().nullable(),
  position: z.string(),
  readRecords: z.int(),
  /** What the stream received per second, over the last ten seconds; null until two counts are known. */
  incomingRecordsPerSecond: z.number().nullable(),
  incomingBytesPerSecond: z.number().nullable(),
  /** Change of what is behind per second, over the last minute, from batch to batch; null until two batches are known. */
  trendRecordsPerSecond: z.number().nullable(),
  /** As of the whole stream. */
  catchUpSeconds: z.number().nullable(),
})
export type ShardLag = z.infer<typeof ShardLag>

export const Lag = z.object({
  at: z.iso.datetime(),
  consumer: z.string(),
  shards: z.array(ShardLag),
  /** The greatest of the shards in time, the sums in records and bytes. */
  total: z.object({ behindMs: z.number().nullable(), behindRecords: z.int().nullable(), behindBytes: z.int().nullable() }),
  /** Change of `total.behindRecords` per second over the last minute, from batch to batch; null until two batches are known. */
  trendRecordsPerSecond: z.number().nullable(),
  /** Seconds until it has caught up at that trend; null when it is not catching up; 0 when it is not behind. */
  catchUpSeconds: z.number().nullable(),
  sources: z.array(Source),
})
export type Lag = z.infer<typeof Lag>

export const lagContract = {
  now: call(PipelineScope, Lag),
  watch: stream(PipelineScope.extend({ everyMs: z.int().min(250).default(1000) }), Lag),
}
