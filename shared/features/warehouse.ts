import { z } from 'zod'
import { Chart } from '../pipelines/dashboard-spec.ts'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, WorkEvent } from './scope.ts'

/** A value of a result: null, or what its column's type says. Decimals and 64-bit integers stay text where a double would lose digits. */
export const Cell = z.union([z.null(), z.string(), z.number(), z.boolean()])

export const QueryResult = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
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

export const warehouseContract = {
  /** Runs `create_and_load_dim`: schema, tables, and one COPY from S3 for each dimension. Loading again replaces what was loaded. */
  createAndLoadDimensions: stream(PipelineScope, WorkEvent, { overflow: 'wait' }),
  query: call(
    PipelineScope.extend({ sql: z.string().min(1), maxRows: z.int().min(1).max(1_000_000).default(10_000) }),
    QueryResult,
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
          z.object({ name: z.string(), type: z.string(), columns: z.array(z.object({ name: z.string(), type: z.string() })) }),
        ),
      }),
    ),
  ),
}
