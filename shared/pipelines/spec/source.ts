import { z } from 'zod'
import { identifier, partName } from './names.ts'

const shared = {
  /** The type of the events it carries. */
  event: partName,
  retentionHours: z.int().min(1).max(8760),
}

/** A stream of Amazon Kinesis Data Streams. */
export const KinesisSource = z.strictObject({
  kind: z.literal('kinesis'),
  stream: z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/),
  shards: z.int().min(1).max(200),
  /** The field whose value is the partition key. */
  partitionKey: identifier,
  ...shared,
  /** Kinesis keeps records for a day at least (API reference, IncreaseStreamRetentionPeriod). */
  retentionHours: z.int().min(24).max(8760),
})

/** A topic of Apache Kafka or Amazon MSK. */
export const KafkaSource = z.strictObject({
  kind: z.literal('kafka'),
  /** Topic names (Kafka, `Topic.LEGAL_CHARS`). */
  topic: z.string().regex(/^[A-Za-z0-9._-]{1,249}$/),
  partitions: z.int().min(1).max(1_000),
  /** The field whose value is the key of a message; without it, messages are spread over the partitions. */
  messageKey: identifier.optional(),
  ...shared,
})

export const SourceSpec = z.discriminatedUnion('kind', [KinesisSource, KafkaSource])
export type SourceSpec = z.infer<typeof SourceSpec>
