import type { DuckDBConnection } from '@duckdb/node-api'
import { ALL_ATTRIBUTES, rememberAttributes } from './dialect/attributes.ts'
import { columnSql } from './dialect/create-table.ts'
import { type LikeCommand, RedshiftError } from './dialect/statement.ts'
import type { Column } from './dialect/table.ts'
import { quoteText } from './dialect/tokens.ts'

/**
 * CREATE TABLE (LIKE ...): names, types, lengths, NOT NULL, encodings and keys of the source; its defaults when they
 * are asked for (Developer Guide, CREATE TABLE, "LIKE parent_table"). The source is looked up when it runs, for its own
 * batch may have made it.
 * @throws RedshiftError when the source does not exist
 */
export async function createLike(connection: DuckDBConnection, command: LikeCommand): Promise<void> {
  const columns = await columnsOf(connection, command)
  await connection.run(`${command.create} (${columns.map(column => columnSql(column, command.key)).join(', ')})`)
  for (const sql of rememberAttributes(command.key, columns)) await connection.run(sql)
}

async function columnsOf(connection: DuckDBConnection, { source, defaults }: LikeCommand): Promise<Column[]> {
  const table = source.at(-1) ?? ''
  const schema = source.at(-2)
  // A temporary table comes before a permanent one of the same name.
  const place =
    schema === undefined
      ? "(c.database_name = 'temp' or c.schema_name = 'public')"
      : `c.schema_name = ${quoteText(schema)}`
  const found = await connection.runAndReadAll(
    `select c.column_name, c.data_type, c.is_nullable, c.column_default, a.type, a.max_bytes,
      coalesce(a.encoding, 'none'), coalesce(a.dist_key, false), coalesce(a.sort_key, 0)
     from duckdb_columns() c left join ${ALL_ATTRIBUTES} a
       on a.table_name = c.table_name and a.column_name = c.column_name and a.schema_name = case
         when c.database_name = 'temp' then 'pg_temp' else c.schema_name end
     where c.table_name = ${quoteText(table)} and ${place} and c.database_name in ('temp', current_database())
     qualify dense_rank() over (order by c.database_name = 'temp' desc) = 1 order by c.column_index`,
  )
  const rows = found.getRowsJson()
  if (rows.length === 0) throw new RedshiftError(`relation "${source.join('.')}" does not exist`, '42P01')
  return rows.map(([name, duckdbType, nullable, value, type, maxBytes, encoding, distKey, sortKey]) => {
    const isDefault = defaults && typeof value === 'string' && !value.includes('nextval(')
    return {
      name: String(name),
      type: type === null ? String(duckdbType).toLowerCase() : String(type),
      duckdbType: String(duckdbType),
      maxBytes: maxBytes === null ? undefined : Number(maxBytes),
      notNull: nullable === false,
      defaultSql: isDefault ? value : undefined,
      encoding: String(encoding),
      distKey: distKey === true,
      sortKey: Number(sortKey),
      identity: undefined,
    }
  })
}
