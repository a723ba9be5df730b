import { z } from 'zod'
import { Chart } from '../pipelines/dashboard-spec.ts'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, WorkEvent } from './scope.ts'

/**
 * A value of a result: null, or what its column's type says. Decimals and 64-bit integers stay text where a double
 * would lose digits.
 */
export const Cell = z.union([z.null(), z.string(), z.number(), z.boolean()])

export const QueryResult = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string(), scale: z.int().optional() })),
  rows: z.array(z.array(Cell)),
  /** Rows of the whole result; `rows` holds fewer when `maxRows` cut it. */
  totalRows: z.int(),
  truncated: z.boolean(),
  /** As the warehouse measured it. */
  durationMs: z.number(),
  statementId: z.string(),
  at: z.iso.datetime(),
})
export type QueryResult = z.infer<typeof QueryResult>

/** A statement that was run from here. */
export const LoggedQuery = z.object({
  at: z.iso.datetime(),
  sql: z.string(),
  state: z.enum(['done', 'failed', 'cancelled']),
  rows: z.int().nullable(),
  durationMs: z.number().nullable(),
})
export type LoggedQuery = z.infer<typeof LoggedQuery>

/** Most rows that a query brings here. */
export const MOST_ROWS = 1_000_000

/**
 * The Data API's own quota of a statement: 100 KB (Amazon Redshift Management Guide, "Considerations when calling the
 * Data API").
 */
const MAX_STATEMENT_BYTES = 100_000

/** What is said of a statement that is longer than that; undefined of any other. */
export function statementTooLong(sql: string): string | undefined {
  const bytes = new TextEncoder().encode(sql).length
  if (bytes <= MAX_STATEMENT_BYTES) return undefined
  const kilobytes = (bytes / 1_000).toLocaleString('en-US', { maximumFractionDigits: 1 })
  return `The statement is ${kilobytes} kB; the Redshift Data API takes ${MAX_STATEMENT_BYTES / 1_000} kB at most.`
}

const Statement = z
  .string()
  .min(1)
  .superRefine((sql, context) => {
    const message = statementTooLong(sql)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

export const warehouseContract = {
  /**
   * Runs `create_and_load_dim`: schema, tables, and one COPY from S3 for each dimension. Loading again replaces what
   * was loaded.
   */
  createAndLoadDimensions: stream(PipelineScope, WorkEvent, { overflow: 'wait' }),
  query: call(
    PipelineScope.extend({
      sql: Statement,
      maxRows: z.int().min(1).max(MOST_ROWS).default(10_000),
      /** Whether it is kept in the log of queries: what a person typed is, what a page asks by itself is not. */
      logged: z.boolean().default(false),
    }),
    QueryResult,
  ),
  /** What was run from here, newest first; `memory` when this system has no keychain to seal it with. */
  queries: call(PipelineScope, z.object({ queries: z.array(LoggedQuery), kept: z.enum(['sealed', 'memory']) })),
  /** Runs a query again and gives its rows as a Parquet file, in pieces of base64. */
  parquet: stream(
    PipelineScope.extend({ sql: Statement, maxRows: z.int().min(1).max(MOST_ROWS).default(10_000) }),
    z.object({ base64: z.string(), sizeBytes: z.int() }),
    { overflow: 'wait' },
  ),
  /** The charts of the pipeline, each with the SQL that it runs here. */
  dashboard: call(PipelineScope, z.array(Chart)),
  /** Schemas, tables and columns, with the rows of each table where the warehouse knows them. */
  schema: call(
    PipelineScope,
    z.array(
      z.object({
        schema: z.string(),
        tables: z.array(
          z.object({
            name: z.string(),
            type: z.string(),
            /** SVV_TABLE_INFO's `tbl_rows`; null where the warehouse does not say (views, no right to see it). */
            rows: z.int().nullable(),
            columns: z.array(z.object({ name: z.string(), type: z.string() })),
          }),
        ),
      }),
    ),
  ),
}
