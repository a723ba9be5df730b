import { z } from 'zod'
import { Engine } from './engine.ts'
import { renamed } from './renamed.ts'

/**
 * Where a reader stands on one partition. `position` only its source understands; `lastOffset`, the number of the last
 * record read, outlives a position at the end of a partition. `records` and `bytes` count what was read of the
 * partition since the checkpoint began; `bytes` are of data and key. Versions before called it `lastSequenceNumber`.
 */
export const PartitionPosition = renamed(
  { lastSequenceNumber: 'lastOffset' },
  z.object({
    position: z.string(),
    records: z.int().min(0),
    bytes: z.int().min(0),
    lastOffset: z.string().optional(),
  }),
)
export type PartitionPosition = z.infer<typeof PartitionPosition>

/** The offset of a source: partition id to position. */
export const SourceOffset = z.record(z.string(), PartitionPosition)
export type SourceOffset = z.infer<typeof SourceOffset>

/**
 * What became of the rows of one batch: `read = invalid + late + duplicatesInBatch + staged`, `staged =
 * duplicatesMatched + loaded`.
 */
export const BatchCounts = z.object({
  read: z.int(),
  invalid: z.int(),
  late: z.int(),
  /** Rows that repeat the key of an earlier row of the same batch. */
  duplicatesInBatch: z.int(),
  staged: z.int(),
  /** Staged rows whose key the fact table already had: what the MERGE matched. */
  duplicatesMatched: z.int(),
  loaded: z.int(),
})
export type BatchCounts = z.infer<typeof BatchCounts>

/**
 * Records of a partition that may have expired unread. `position` is where the reader stood; `from` is until when
 * everything had been read (null: not known), `until` when the first record arrived that was still there
 * (`firstOffset`), or how far retention reached back.
 */
export const RetentionGap = renamed(
  { shardId: 'partitionId', firstSequenceNumber: 'firstOffset', shardGone: 'partitionGone' },
  z.object({
    partitionId: z.string(),
    position: z.string(),
    from: z.iso.datetime().nullable(),
    until: z.iso.datetime(),
    firstOffset: z.string().nullable(),
    foundAt: z.iso.datetime(),
    partitionGone: z.boolean(),
  }),
)
export type RetentionGap = z.infer<typeof RetentionGap>

/** Of all partitions of a batch together, about: what a batch reports of its reading stays small. */
export const MOST_READ_SPANS = 64

/**
 * When the reader had some records of a partition: those behind the span before, up to the offset `upTo`, came in
 * between `from` and `at`. The two are one where the span is one answer of the source.
 */
export const ReadSpan = z.object({ upTo: z.string(), from: z.iso.datetime(), at: z.iso.datetime() })
export type ReadSpan = z.infer<typeof ReadSpan>

/**
 * Spark's `StreamingQueryProgress` JSON (names and units are Spark's: durations in ms, rates in rows/s, times ISO
 * 8601), with a member `sluice` for what Spark's own form has no place for. Every engine writes it, one object a batch.
 */
export const QueryProgress = z.object({
  id: z.string(),
  runId: z.string(),
  name: z.string(),
  /** When the trigger began. */
  timestamp: z.string(),
  batchId: z.int(),
  batchDuration: z.number(),
  numInputRows: z.int(),
  inputRowsPerSecond: z.number(),
  processedRowsPerSecond: z.number(),
  durationMs: z.record(z.string(), z.number()),
  eventTime: z.record(z.string(), z.string()),
  stateOperators: z.array(z.unknown()),
  sources: z.array(
    z.object({
      description: z.string(),
      startOffset: SourceOffset.nullable(),
      endOffset: SourceOffset,
      latestOffset: SourceOffset,
      numInputRows: z.int(),
      inputRowsPerSecond: z.number(),
      processedRowsPerSecond: z.number(),
    }),
  ),
  sink: z.object({ description: z.string(), numOutputRows: z.int() }),
  /** Versions before called two of its members otherwise. */
  sluice: renamed(
    { shards: 'partitions', kinesisRecords: 'sourceRecords' },
    z.object({
      engine: Engine,
      /** When the batch's transaction was known to be committed; for an idle trigger, when it ended. */
      committedAt: z.iso.datetime(),
      counts: BatchCounts,
      /** What the source last said of each open partition, and when. */
      partitions: z.record(
        z.string(),
        z.object({
          millisBehindLatest: z.number(),
          readAt: z.iso.datetime(),
          /**
           * The reader is ahead of `endOffset`: when the oldest record arrived that it has read and that is behind
           * `endOffset` (approximate arrival). Null when it holds none; absent when it does not say.
           */
          oldestWaitingAt: z.iso.datetime().nullable().optional(),
        }),
      ),
      /**
       * When the reader had the records of the batch, by partition, in their order. Of batches only; a batch that is
       * done again was read again.
       */
      reads: z.record(z.string(), z.array(ReadSpan)).optional(),
      /** The Spark application; `uiUrl` is its UI as the driver's host knows it. Of the engine `spark` only. */
      application: z
        .object({ sparkVersion: z.string(), applicationId: z.string(), uiUrl: z.string().optional() })
        .optional(),
      /**
       * Records of the batch as the stream counts them: producers that aggregate (KPL) put several rows into one. Of
       * batches only.
       */
      sourceRecords: z.int().optional(),
      /** Of these, aggregates with a hash key that does not belong to their partition. Of batches only. */
      misplacedRecords: z.int().optional(),
      /** Records that expired before they were read, found before this batch. How many they were, nobody knows. */
      retentionGaps: z.array(RetentionGap).optional(),
    }),
  ),
})
export type QueryProgress = z.infer<typeof QueryProgress>

/** Records of the stream in a batch. Idle triggers, and jobs of before this was counted, say only rows. */
export const recordsOf = ({ numInputRows, sluice }: Pick<QueryProgress, 'numInputRows' | 'sluice'>): number =>
  sluice.sourceRecords ?? numInputRows

/** A rate of rows of a batch as one of records of the stream, which is what simulator and stream count. */
export const inRecords = (rowsPerSecond: number, progress: Pick<QueryProgress, 'numInputRows' | 'sluice'>): number =>
  progress.numInputRows === 0 ? 0 : (rowsPerSecond * recordsOf(progress)) / progress.numInputRows
