import { z } from 'zod'
import { DUCKDB_VERSION } from '../duckdb/version.ts'

/** Of what the compiler writes now. An engine refuses any other: it cannot know what it means. */
export const PLAN_FORMAT = 2

const sql = z.string().min(1)
const prefix = z.string().regex(/^[^/].*\/$/, 'a prefix that ends with a slash')

/**
 * What an engine runs of one query: SQL and names, compiled from the pipeline's spec (shared/pipelines/compile/). No
 * engine knows a rule by heart.
 *
 * The SQL under `judge` is DuckDB's. It reads a table `raw` that the engine fills with the records of a batch, in their
 * order: `ordinal` INTEGER from 0, `partition_id`, `record_offset`, `partition_key` VARCHAR, `arrived_at` TIMESTAMP
 * (UTC), `data` VARCHAR ('' where `is_utf8` is false), `is_utf8` BOOLEAN; and the variables `batch_id` (BIGINT) and
 * `watermark` (TIMESTAMP, or null: nothing is late).
 */
export const JobPlan = z.strictObject({
  format: z.literal(PLAN_FORMAT),
  /** The version of DuckDB that the SQL is for. */
  duckdb: z.string(),
  pipeline: z.string().min(1),
  query: z.string().min(1),
  eventKey: z.array(z.string().min(1)).min(1),
  /** An event is late when it is older than the newest event of the batches before, by more than this. */
  watermarkDelayMs: z.number().min(0),
  /** Below the streaming bucket (layout.ts). */
  prefixes: z.strictObject({ checkpoint: prefix, staging: prefix, quarantine: prefix, progress: prefix }),
  judge: z.strictObject({
    /** Run one after the other, before those below. */
    statements: z.array(sql).min(1),
    /**
     * One row: rows read, invalid, late, repeating a key; least, greatest, average event time of the valid, epoch ms.
     */
    counts: sql,
    /** The rows that go to quarantine, in their order: `ordinal`, `kind` (invalid or late), `reason`. */
    quarantine: sql,
    /** The rows to load, in the columns of the sink, in their order. */
    staged: sql,
    /**
     * All rows in their order, for an engine that finds late and repeated rows by itself: `_ordinal`, `_verdict` (valid
     * or invalid), `_reason`, `_time`, the key as text (`_key0`, ...), and of the valid the columns of the sink that do
     * not depend on the batch.
     */
    rows: sql,
  }),
  source: z.strictObject({ kind: z.literal('kinesis') }),
  sink: z.strictObject({
    kind: z.literal('redshift'),
    schema: z.string().min(1),
    table: z.string().min(1),
    mergeKey: z.array(z.string().min(1)).min(1),
    /** In parentheses: the columns of the staging table, which staged rows are copied into. */
    stageColumns: sql,
    /**
     * Statements of Redshift, with places to be filled: see fill-statement.ts. The transaction of a batch is `lock`,
     * `copy`, `merge`, `result`; where nothing was staged, `lock`, `nothing`, `result`.
     */
    transaction: z.strictObject({
      lock: z.array(sql).min(1),
      copy: z.array(sql).min(1),
      merge: z.array(sql).min(1),
      nothing: z.array(sql).min(1),
      /** One row: staged rows whose key was there, and rows that were loaded. */
      result: sql,
    }),
  }),
})
export type JobPlan = z.infer<typeof JobPlan>

/**
 * Reads a plan from the text of its file.
 * @throws Error that says what is wrong with it and what to do
 */
export function parseJobPlan(text: string, file: string): JobPlan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error(`${file} is not a job plan: it is not JSON (${(error as Error).message})`)
  }
  const { format } = z.looseObject({ format: z.unknown().optional() }).safeParse(value).data ?? {}
  if (format !== PLAN_FORMAT)
    throw new Error(
      `${file} is not a job plan of format ${PLAN_FORMAT}, which this engine runs: its format is ` +
        `${JSON.stringify(format)}. Deploy the artifacts again.`,
    )
  const parsed = JobPlan.safeParse(value)
  if (!parsed.success) throw new Error(`${file} is not a job plan:\n${z.prettifyError(parsed.error)}`)
  if (parsed.data.duckdb !== DUCKDB_VERSION)
    throw new Error(
      `${file} is compiled for DuckDB ${parsed.data.duckdb}, and this engine has ${DUCKDB_VERSION}. Deploy the ` +
        'artifacts again.',
    )
  return parsed.data
}

/** Makes the table that the SQL of a plan reads. */
export const RAW_TABLE =
  'create or replace temp table raw (ordinal integer, partition_id varchar, record_offset varchar, partition_key ' +
  'varchar, arrived_at timestamp, data varchar, is_utf8 boolean)'

/** The watermark of the next batch: what is before it is late. */
export const watermarkOf = (plan: JobPlan, maxEventTimeMs: number | undefined): number | undefined =>
  maxEventTimeMs === undefined ? undefined : maxEventTimeMs - plan.watermarkDelayMs

/** The table that rows are loaded into, as SQL writes it. */
export const tableOf = ({ sink }: JobPlan): string => `${sink.schema}.${sink.table}`
