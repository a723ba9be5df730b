import { z } from 'zod'
import type { SourceSpec } from './spec/source.ts'

/** What users of a kind of source call its parts; pages, commands and messages use these words. */
export const SourceWords = z.object({
  service: z.string(),
  /** One of its parts, and several. */
  partition: z.string(),
  partitions: z.string(),
  /** What the ids of its parts begin with: the rest is their number. */
  idPrefix: z.string(),
  /** The number of a record in its part. */
  offset: z.string(),
  /** To change how many parts there are. */
  repartition: z.string(),
})
export type SourceWords = z.infer<typeof SourceWords>

/**
 * By the `kind` of a spec's source: as the Kinesis Data Streams Developer Guide and Kafka's documentation name them.
 */
export const SOURCE_WORDS: Readonly<Record<SourceSpec['kind'], SourceWords>> = {
  kinesis: {
    service: 'Kinesis',
    partition: 'shard',
    partitions: 'shards',
    idPrefix: 'shardId-',
    offset: 'sequence number',
    repartition: 'reshard',
  },
  kafka: {
    service: 'Kafka',
    partition: 'partition',
    partitions: 'partitions',
    idPrefix: '',
    offset: 'offset',
    repartition: 'repartition',
  },
}

/** The first letter as a heading has it. */
export const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)

/** So many parts, in their own word. */
export const countOf = (
  count: number,
  { partition, partitions }: Pick<SourceWords, 'partition' | 'partitions'>,
): string => `${count.toLocaleString('en-US')} ${count === 1 ? partition : partitions}`
