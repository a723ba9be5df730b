import type { Column, TableKey } from './table.ts'
import { quoteText } from './tokens.ts'

const COLUMNS =
  'schema_name varchar, table_name varchar, column_name varchar, type varchar, encoding varchar, max_bytes ' +
  'integer, dist_key boolean, sort_key integer'
/**
 * What was declared of columns and has no place in DuckDB: Redshift's type, encoding, length, distribution and sort
 * key.
 */
const PERMANENT = 'sluice_sandbox.column_attributes'
const TEMPORARY = 'temp.sluice_attributes'

export const permanentAttributesSql = `create table if not exists ${PERMANENT} (${COLUMNS})`
/** For each connection: what is declared of its temporary tables is gone with them. */
export const temporaryAttributesSql = `create temp table sluice_attributes (${COLUMNS})`
/** Both, to read from on a connection. */
export const ALL_ATTRIBUTES = `(select * from ${PERMANENT} union all select * from ${TEMPORARY})`

const placeOf = ({ schema }: TableKey): string => (schema === 'pg_temp' ? TEMPORARY : PERMANENT)
const isTable = ({ schema, table }: TableKey): string =>
  `schema_name = ${quoteText(schema)} and table_name = ${quoteText(table)}`

export const forgetAttributes = (key: TableKey): string[] => [`delete from ${placeOf(key)} where ${isTable(key)}`]

/** `onlyIf`: a condition on the database as it is then. */
export function rememberAttributes(key: TableKey, columns: readonly Column[], onlyIf = 'true'): string[] {
  const rows = columns.map(
    column =>
      `(${[key.schema, key.table, column.name, column.type, column.encoding].map(quoteText).join(', ')}, ` +
      `${column.maxBytes ?? 'null'}, ${column.distKey}, ${column.sortKey})`,
  )
  return [
    `delete from ${placeOf(key)} where ${isTable(key)} and ${onlyIf}`,
    `insert into ${placeOf(key)} select * from (values ${rows.join(', ')}) v where ${onlyIf}`,
  ]
}

/** Whether the table is not there yet. */
export const isNotThere = ({ schema, table }: TableKey): string =>
  schema === 'pg_temp'
    ? `not exists (select 1 from duckdb_tables() where temporary and table_name = ${quoteText(table)})`
    : `not exists (select 1 from duckdb_tables() where not temporary and schema_name = ${quoteText(schema)} and ` +
      `table_name = ${quoteText(table)})`

/** Changes of what was declared. `set` is SQL over the columns of the table of attributes. */
export const changeAttributes = (key: TableKey, set: string, column?: string): string =>
  `update ${placeOf(key)} set ${set} where ` +
  `${isTable(key)}${column === undefined ? '' : ` and column_name = ${quoteText(column)}`}`

/** Declares a column that was added to a table of which something was declared. */
export const addAttribute = (key: TableKey, name: string, type: string, maxBytes: number | undefined): string =>
  `insert into ${placeOf(key)} select schema_name, table_name, ${quoteText(name)}, ${quoteText(type)}, 'none',
    ${maxBytes ?? 'null'}, false, 0
   from (select distinct schema_name, table_name from ${placeOf(key)} where ${isTable(key)})`

export const dropAttribute = (key: TableKey, name: string): string =>
  `delete from ${placeOf(key)} where ${isTable(key)} and column_name = ${quoteText(name)}`
