import type { DuckDBConnection } from '@duckdb/node-api'
import { RedshiftError, type Statement } from './dialect/statement.ts'
import { quoteText } from './dialect/tokens.ts'

/**
 * Runs what a statement of SQL changes: all of it, or all but the query whose rows are its result.
 * @returns how many rows the first of it changed, -1 when there is none
 * @throws RedshiftError when it is to be refused as the data are
 */
export async function runChanges(
  connection: DuckDBConnection,
  statement: Statement & { kind: 'sql' },
): Promise<number> {
  const { refuseWhen, addFirst, sql, hasResultSet } = statement
  if (refuseWhen && (await connection.runAndReadAll(refuseWhen.sql)).currentRowCount > 0)
    throw new RedshiftError(refuseWhen.text, '21000')
  if (addFirst) {
    const value = (await connection.runAndReadAll(addFirst.value)).getRowsJson()[0]?.[0]
    await connection.run(`${addFirst.column} default ${typeof value === 'string' ? quoteText(value) : 'null'}`)
  }
  let rows = -1
  for (const text of hasResultSet ? sql.slice(0, -1) : sql) {
    const { rowsChanged } = await connection.run(text)
    if (rows < 0) rows = rowsChanged
  }
  return rows
}
