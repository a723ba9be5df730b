import type { DuckDBConnection } from '@duckdb/node-api'
import { RedshiftError } from './dialect/statement.ts'
import { quoteText } from './dialect/tokens.ts'

/**
 * The one name of a table, however a statement spells it: `fact`, `public.fact` and `dev.public.fact` are one.
 * Undefined for a temporary table, which no one else sees. @throws RedshiftError when there is no such table
 */
export async function lockKey(connection: DuckDBConnection, spelled: string): Promise<string | undefined> {
  const parts = spelled.split('.')
  const table = parts.at(-1) ?? ''
  const schema = parts.at(-2)
  const place =
    schema === undefined
      ? "(database_name = 'temp' or list_contains(current_schemas(true), schema_name))"
      : `schema_name = ${quoteText(schema)}`
  const found = await connection.runAndReadAll(
    `select database_name = 'temp', schema_name from (
       select database_name, schema_name, table_name as name from duckdb_tables() union all
         select database_name, schema_name, view_name from duckdb_views())
     where name = ${quoteText(table)} and ${place} and database_name in ('temp', current_database())
     order by 1 desc, list_position(current_schemas(true), schema_name) limit 1`,
  )
  const [row] = found.getRowsJson()
  if (!row) throw new RedshiftError(`relation "${spelled}" does not exist`, '42P01')
  return row[0] === true ? undefined : `${row[1]}.${table}`
}
