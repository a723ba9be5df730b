import { z } from 'zod'
import { identifier, relativePath } from './names.ts'

/** The Redshift database that sinks of the kind `redshift`, dimensions and dashboards live in. */
export const Warehouse = z.strictObject({
  database: z.string(),
  schema: identifier,
  /** The table that one row a committed batch goes to, in the same transaction as the batch. */
  batchTable: identifier,
  /** SQL files below `sql/`, in order: schema, tables. */
  ddl: z.array(relativePath).min(1),
  /** The role that COPY assumes. */
  copyRole: z.string(),
  /** A query over the schema to begin with, below `sql/`: what the SQL page and `sluice demo` show first. */
  firstQuery: relativePath.optional(),
})
export type Warehouse = z.infer<typeof Warehouse>

const DimensionColumn = z.strictObject({ name: identifier, type: z.string(), description: z.string() })
export const Dimension = z.strictObject({
  table: identifier,
  key: identifier,
  /** The CSV file below `dims/`, with a header line; the same order as `columns`. */
  file: relativePath,
  columns: z.array(DimensionColumn).min(1),
})
export type Dimension = z.infer<typeof Dimension>
