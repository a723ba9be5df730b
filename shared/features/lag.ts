import { z } from 'zod'
import { RetentionGap } from '../job/progress.ts'
import { SourceWords } from '../pipelines/source-words.ts'
import { call, stream } from '../rpc/contract.ts'
import { ConsumerPosition, IteratorAge, Probe } from './other-consumer.ts'
import { PipelineScope, Source } from './scope.ts'

/** How far a consumer is behind on one partition: always milliseconds, records and bytes. */
export const PartitionLag = z.object({
  partitionId: z.string(),
  /** A closed partition is draining until the query has committed its end. */
  state: z.enum(['open', 'draining', 'drained']),
  /** Parents that are not drained: this partition is read when they are. */
  waitsFor: z.array(z.string()),
  /** The greatest age that the oldest record not committed can have; null when it is not known. */
  behindMs: z.number().nullable(),
  /** By how much the truth may be less than `behindMs`; null when it may be more. */
  behindWithinMs: z.number().nullable(),
  behindRecords: z.int().nullable(),
  behindBytes: z.int().nullable(),
  /** `behindRecords` as it was when the last batch had committed, which is the least between two commits. */
  atCommitRecords: z.int().nullable(),
  /** And just before that commit, which is the most: a lag that only rises and falls with the batches is none. */
  beforeCommitRecords: z.int().nullable(),
  /**
   * Until retention takes the oldest record that is not committed, if it is not read; null when nothing is behind. 0:
   * it is taking them now.
   */
  retentionLeftMs: z.number().nullable(),
  /**
   * What retention took before it was committed, until the query has been at the tip again; of the minute that the
   * horizon is in, in proportion.
   */
  lostRecords: z.int().nullable(),
  lostBytes: z.int().nullable(),
  position: z.string(),
  readRecords: z.int(),
  /** What the stream received per second, over the last ten seconds; null until two counts are known. */
  incomingRecordsPerSecond: z.number().nullable(),
  incomingBytesPerSecond: z.number().nullable(),
  /**
   * Change of what is behind per second, over the last minute, from batch to batch; null until two batches are known.
   */
  trendRecordsPerSecond: z.number().nullable(),
  /** Seconds until it has caught up at that trend; null when it is not catching up; 0 when it is not behind. */
  catchUpSeconds: z.number().nullable(),
})
export type PartitionLag = z.infer<typeof PartitionLag>

/** One number that advice is based on. */
export const AdviceFigure = z.object({ label: z.string(), value: z.number(), unit: z.string(), source: z.string() })
export type AdviceFigure = z.infer<typeof AdviceFigure>

/** What keeps a query from catching up, and what would let it. */
export const Advice = z.object({
  /**
   * What there is least of. `none`: it keeps up. `stopped`: it reports no trigger. `unknown`: nothing was measured
   * yet.
   */
  limit: z.enum(['none', 'stopped', 'reading', 'processing', 'batch-size', 'unknown']),
  sentence: z.string(),
  /** Records per second that it commits at most as it is; null when that was not measured. */
  capacityPerSecond: z.number().nullable(),
  /** The least that would let it catch up within ten minutes; null where more of it would not help. */
  partitionsNeeded: z.int().nullable(),
  batchSizeNeeded: z.int().nullable(),
  figures: z.array(AdviceFigure),
})
export type Advice = z.infer<typeof Advice>

export const Lag = z.object({
  at: z.iso.datetime(),
  consumer: z.string(),
  partitions: z.array(PartitionLag),
  /** What the stream's service calls them. */
  words: SourceWords,
  /** The greatest of the partitions in time, the sums in records and bytes. */
  total: z.object({
    behindMs: z.number().nullable(),
    behindWithinMs: z.number().nullable(),
    behindRecords: z.int().nullable(),
    behindBytes: z.int().nullable(),
    atCommitRecords: z.int().nullable(),
    beforeCommitRecords: z.int().nullable(),
    lostRecords: z.int().nullable(),
    lostBytes: z.int().nullable(),
    /** The least of the partitions. */
    retentionLeftMs: z.number().nullable(),
  }),
  retentionHours: z.number(),
  /**
   * Change of `total.behindRecords` per second over the last minute, from batch to batch; null until two batches are
   * known.
   */
  trendRecordsPerSecond: z.number().nullable(),
  /** Seconds until it has caught up at that trend; null when it is not catching up; 0 when it is not behind. */
  catchUpSeconds: z.number().nullable(),
  advice: Advice,
  /**
   * Where the reader itself found that records had expired before it read them; the newest that were seen, newest
   * first.
   */
  gaps: z.array(RetentionGap),
  sources: z.array(Source),
})
export type Lag = z.infer<typeof Lag>

export const lagContract = {
  now: call(PipelineScope, Lag),
  watch: stream(PipelineScope.extend({ everyMs: z.int().min(250).default(1000) }), Lag),
  /** Of all readers of the stream together, as CloudWatch has it. */
  iteratorAge: stream(PipelineScope.extend({ everyMs: z.int().min(1_000).default(15_000) }), IteratorAge),
  /**
   * Reads one record at a position of somebody else's consumer, again and again, one read a second and partition at
   * most.
   */
  probe: stream(
    PipelineScope.extend({
      position: ConsumerPosition,
      everyMs: z.int().min(1_000).default(5_000),
      /** The user has agreed that this takes of the partitions' reads; without it nothing is read on an AWS account. */
      agreed: z.boolean().default(false),
    }),
    Probe,
  ),
}
