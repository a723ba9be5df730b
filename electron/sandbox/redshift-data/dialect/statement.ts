import type { TableKey } from './table.ts'

/** What one Redshift statement is for the sandbox: SQL that DuckDB runs, or work of the sandbox's own. */
export type Statement =
  | {
      kind: 'sql'
      /** The first words, as Redshift names the command: `SELECT`, `CREATE TABLE`, `INSERT`, `MERGE`. */
      verb: string
      /** One or several DuckDB statements, run in order; the rows of the last one are the result. */
      sql: readonly string[]
      hasResultSet: boolean
      /** Refused, in these words, when this query has a row. */
      refuseWhen?: { sql: string; text: string }
      /**
       * A column whose default the rows that are there get as it is now: its value, asked for by a query, is put behind
       * `column`.
       */
      addFirst?: { column: string; value: string }
    }
  | LikeCommand
  | { kind: 'copy'; verb: 'COPY'; copy: CopyCommand }
  | { kind: 'unload'; verb: 'UNLOAD'; unload: UnloadCommand }
  | { kind: 'transaction'; verb: 'BEGIN'; readOnly: boolean }
  | { kind: 'transaction'; verb: 'COMMIT' | 'ROLLBACK' }
  /** Waits until no other transaction holds these tables, and holds them until its own ends. */
  | { kind: 'lock'; verb: 'LOCK TABLE'; tables: string[] }
  /** Refills a materialized view's table, by the query that was kept with it. */
  | { kind: 'refresh'; verb: 'REFRESH MATERIALIZED VIEW'; view: string; table: string }
  /** Accepted, because it changes nothing that the sandbox has (GRANT, VACUUM, ANALYZE ...). */
  | { kind: 'accepted'; verb: string }

/** CREATE TABLE (LIKE ...): its columns are known only when it runs. */
export interface LikeCommand {
  kind: 'like'
  verb: 'CREATE TABLE'
  /** DuckDB SQL up to the columns. */
  create: string
  key: TableKey
  source: string[]
  /** Whether the defaults come along. */
  defaults: boolean
}

export interface S3Place {
  bucket: string
  key: string
}

export interface CopyCommand {
  /** As DuckDB quotes it, schema included where it was given. */
  table: string
  schema: string | undefined
  name: string
  columns: string[] | undefined
  from: S3Place
  format: 'csv' | 'json' | 'parquet' | 'text'
  /** JSON: `auto`, `auto ignorecase`, or the place of a jsonpaths file. */
  jsonPaths: 'auto' | 'auto ignorecase' | S3Place
  manifest: boolean
  gzip: boolean
  delimiter: string
  quote: string
  ignoreHeader: number
  nullAs: string
  emptyAsNull: boolean
  blanksAsNull: boolean
  /** The number of bad lines at which the COPY fails; 0 is as 1. */
  maxError: number
  dateFormat: string | undefined
  timeFormat: string | undefined
  truncateColumns: boolean
  /** What stands for a character that is not UTF-8 (ACCEPTINVCHARS); empty when such a line is bad. */
  invalidCharacter: string
  /** Lines with too few fields are filled with nulls. */
  fillRecord: boolean
  ignoreBlankLines: boolean
  trimBlanks: boolean
  removeQuotes: boolean
  /** A backslash makes the next character plain. */
  escape: boolean
  /** The ARN of IAM_ROLE, or `default`. */
  iamRole: string | undefined
}

export interface UnloadCommand {
  /** DuckDB SQL. */
  query: string
  to: S3Place
  format: 'csv' | 'json' | 'parquet' | 'text'
  header: boolean
  gzip: boolean
  delimiter: string
  parallel: boolean
  allowOverwrite: boolean
  manifest: boolean
  iamRole: string | undefined
}

/** A statement that Redshift itself would refuse, in its words: `syntax error at or near "FORM"`. */
export class RedshiftError extends Error {
  /** SQLSTATE, for instance 42601. */
  readonly sqlState: string
  constructor(message: string, sqlState: string) {
    super(message)
    this.name = 'RedshiftError'
    this.sqlState = sqlState
  }
}
