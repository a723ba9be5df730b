import { z } from 'zod'
import { identifier, keyPrefix, partName } from './names.ts'

/**
 * A column of a sink: its type in the sink's own words, and the SQL expression that fills it, over the event's fields
 * or over what the query's window or latest-state step gives.
 */
export const SinkColumn = z.strictObject({ name: identifier, type: z.string(), expression: z.string() })
export type SinkColumn = z.infer<typeof SinkColumn>

/** Rows of a warehouse table, merged by a key in one transaction a batch. */
const RedshiftSink = z.strictObject({
  kind: z.literal('redshift'),
  table: identifier,
  /** Columns of `columns` that a MERGE matches by. */
  mergeKey: z.array(identifier).min(1),
  columns: z.array(SinkColumn).min(1),
})

/** Files in a bucket of the spec, in folders by the columns of `partitionBy`. */
const fileSink = { bucket: partName, prefix: keyPrefix, partitionBy: z.array(identifier).default([]) }
const ParquetSink = z.strictObject({ kind: z.literal('parquet'), ...fileSink })
const JsonSink = z.strictObject({ kind: z.literal('json'), ...fileSink })

/** One item a key, written only when its event time is newer than that of the item that is there. */
const DynamoDbSink = z.strictObject({
  kind: z.literal('dynamodb'),
  table: z.string().regex(/^[a-zA-Z0-9_.-]{3,255}$/),
  key: identifier,
})

/** A table in the Iceberg format, in the catalog of the spec. */
const IcebergSink = z.strictObject({
  kind: z.literal('iceberg'),
  table: identifier,
  mergeKey: z.array(identifier).default([]),
  partitionBy: z.array(identifier).default([]),
})

export const SinkSpec = z.discriminatedUnion('kind', [RedshiftSink, ParquetSink, JsonSink, DynamoDbSink, IcebergSink])
export type SinkSpec = z.infer<typeof SinkSpec>

/** Aggregates over windows of event time; Spark's `window(time, length, slide)`. */
const Window = z.strictObject({
  lengthMinutes: z.number().positive(),
  /** As long as the window when it is left out: windows that do not overlap. */
  slideMinutes: z.number().positive().optional(),
  groupBy: z.array(identifier).default([]),
  aggregates: z.array(z.strictObject({ name: identifier, expression: z.string() })).min(1),
})

/** The newest event of each key. */
const Latest = z.strictObject({ key: z.array(identifier).min(1) })

/** One streaming query of the application: a source, its rules, at most one step that keeps state, and its sinks. */
export const QuerySpec = z.strictObject({
  description: z.string(),
  source: partName,
  /**
   * SQL that is true for the events that the query takes; all when it is left out. Others are passed over, not invalid.
   */
  where: z.string().optional(),
  /** How far behind the newest event time an event may be before it counts as late. */
  watermarkDelayMinutes: z.number().min(0),
  triggerMs: z.int().min(0),
  maxRecordsPerBatch: z.int().min(1),
  window: Window.optional(),
  latest: Latest.optional(),
  sinks: z.array(SinkSpec).min(1),
})
export type QuerySpec = z.infer<typeof QuerySpec>
