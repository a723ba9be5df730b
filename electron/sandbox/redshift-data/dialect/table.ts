/** A table by its schema; that of a temporary one is `pg_temp`. */
export interface TableKey {
  schema: string
  table: string
}

/**
 * A column as it was declared. What DuckDB has no place for is kept in sluice_sandbox.column_attributes, for the system
 * views.
 */
export interface Column {
  name: string
  /** Redshift's own name: `character varying(36)`. */
  type: string
  duckdbType: string
  maxBytes: number | undefined
  notNull: boolean
  defaultSql: string | undefined
  encoding: string
  distKey: boolean
  sortKey: number
  identity: { seed: number; step: number } | undefined
}
