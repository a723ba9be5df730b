import { z } from 'zod'
import { PartitionId, Source } from './scope.ts'

/** Where a consumer that is not ours stands. */
export const ConsumerPosition = z.discriminatedUnion('kind', [
  /** It has processed everything that arrived before this. */
  z.strictObject({ kind: z.literal('time'), at: z.iso.datetime() }),
  /** The last record that it has processed, of one partition. */
  z.strictObject({
    kind: z.literal('offset'),
    partitionId: PartitionId,
    offset: z.string().min(1).max(256),
  }),
  /**
   * The folder of its checkpoint, `s3://bucket/prefix`, as Spark and the embedded engine lay it out; read again at
   * every read.
   */
  z.strictObject({ kind: z.literal('checkpoint'), folder: z.string().regex(/^s3:\/\/[a-z0-9.-]{3,63}\/.+/) }),
])
export type ConsumerPosition = z.infer<typeof ConsumerPosition>

export const ProbedPartition = z.object({
  partitionId: z.string(),
  /** As it was asked for, in the source's own form. */
  position: z.string(),
  /** Age of the oldest record behind the position; 0 when there is none. */
  behindMs: z.number(),
  /** What the source said of the place after that record. */
  millisBehindLatest: z.number(),
  oldestUnreadAt: z.iso.datetime().nullable(),
  /** The partition is closed, and everything of it is before the position. */
  ended: z.boolean(),
  at: z.iso.datetime(),
})
export type ProbedPartition = z.infer<typeof ProbedPartition>

/** The lag of a consumer as a reader would have it that stood at its position. */
export const Probe = z.object({
  at: z.iso.datetime(),
  partitions: z.array(ProbedPartition),
  /** Partitions that could not be read in this round, with the reason. */
  failed: z.array(z.object({ partitionId: z.string(), message: z.string() })),
  /** The greatest; null when no partition was read. */
  behindMs: z.number().nullable(),
  cost: z.object({
    /** Reads of each partition in the last minute, the most of all partitions, with those of the record viewer. */
    readsLastMinute: z.int(),
    /** Of those that a partition gives in a minute, 0 to 1. */
    shareOfReads: z.number(),
    /** Of all partitions since it was started: what its answers held. */
    readBytes: z.int(),
  }),
  source: Source,
})
export type Probe = z.infer<typeof Probe>

/** Age of the last record that GetRecords calls gave, in one minute: of all readers of the stream together. */
const Age = z.object({
  /** The greatest of the minute, ms; null when nobody read in the last minutes. */
  maxMs: z.number().nullable(),
  /** When the minute began. */
  minuteAt: z.iso.datetime().nullable(),
})
export const IteratorAge = z.object({
  at: z.iso.datetime(),
  stream: Age,
  partitions: z.array(Age.extend({ partitionId: z.string() })),
  /** Whether enhanced monitoring gives the metric by partition. */
  byPartition: z.boolean(),
  source: Source,
})
export type IteratorAge = z.infer<typeof IteratorAge>
