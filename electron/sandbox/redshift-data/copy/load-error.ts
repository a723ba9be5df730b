import { RedshiftError } from '../dialect/statement.ts'

/** A line that a COPY could not load, as STL_LOAD_ERRORS lists it. */
export interface LoadError {
  /** `s3://bucket/key`. */
  file: string
  /** From 1, header lines included. */
  line: number
  column: string
  type: string
  rawLine: string
  rawValue: string
  code: number
  reason: string
}

/** Thrown by a COPY that failed for its lines: they must be kept though the transaction is rolled back. */
export class LoadFailed extends RedshiftError {
  readonly errors: readonly LoadError[]
  constructor(table: string, errors: readonly LoadError[]) {
    super(`Load into table '${table}' failed.  Check 'sys_load_error_detail' system table for details.`, 'XX000')
    this.errors = errors
  }
}
