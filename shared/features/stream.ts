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

export const streamContract = {
  describe: call(PipelineScope, StreamDescription),
  watch: stream(PipelineScope.extend({ everyMs: z.int().min(250).default(1000) }), StreamDescription),
  /** UpdateShardCount, followed until the stream is active again. */
  reshard: stream(PipelineScope.extend({ shards: z.int().min(1).max(500) }), WorkEvent, { overflow: 'wait' }),
}
