import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope } from './scope.ts'

/** Something that happened to a pipeline, once. */
export const HistoryEvent = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  /** What it happened to. */
  kind: z.enum(['work', 'step', 'cluster', 'stream', 'simulator', 'sandbox', 'clock', 'disk', 'damage']),
  state: z.enum(['info', 'good', 'warning', 'bad']),
  title: z.string(),
  detail: z.string().optional(),
})
export type HistoryEvent = z.infer<typeof HistoryEvent>

/** An event as it is recorded; the history gives it an id and a time. */
export type NewEvent = Omit<HistoryEvent, 'id' | 'at'>

/** Points of one series: epoch ms (the start of the bucket) and value, only where something was seen. */
export const Series = z.object({ name: z.string(), points: z.array(z.tuple([z.number(), z.number()])) })
export type Series = z.infer<typeof Series>

const Range = PipelineScope.extend({ fromMs: z.number().min(0), toMs: z.number().min(0) })

export const historyContract = {
  /**
   * What was seen in a range, at most `points` points a series: a bucket gives the greatest lag, the newest counter,
   * the mean of anything else. What was behind at commits (`…/atCommitRecords`) comes with its least value, too, as
   * `…/atCommitRecords/least`. Series of partitions (`partition/<id>/…`) come only when they are asked for.
   */
  range: call(
    Range.extend({ points: z.int().min(10).max(2_000).default(600), partitions: z.boolean().default(false) }),
    z.object({
      series: z.array(Series),
      bucketMs: z.number(),
      /** The oldest sample that is kept; null when there is none. */
      oldestMs: z.number().nullable(),
    }),
  ),
  /** What happened in a range, newest first. */
  events: call(Range.extend({ limit: z.int().min(1).max(1_000).default(200) }), z.array(HistoryEvent)),
  /** What happens from now on. */
  follow: stream(PipelineScope, HistoryEvent, { overflow: 'wait' }),
}
