import type { DuckDBConnection } from '@duckdb/node-api'
import { ALL_ATTRIBUTES } from '../dialect/attributes.ts'
import { toStrftime } from '../dialect/formats.ts'
import { type CopyCommand, RedshiftError } from '../dialect/statement.ts'
import { quoteName, quoteText } from '../dialect/tokens.ts'

/** A column that a COPY fills, with DuckDB's name of its type. */
export interface Column {
  name: string
  type: string
  maxBytes: number | undefined
}

/**
 * The columns that a COPY fills, in the order of its fields. @throws RedshiftError for one that the table does not have
 */
export async function targetColumns(connection: DuckDBConnection, copy: CopyCommand): Promise<Column[]> {
  const described = await connection.runAndReadAll(`select column_name, column_type from (describe ${copy.table})`)
  // A temporary table comes before a permanent one of the same name, as in any other statement.
  // A temporary table comes before a permanent one of the same name, as in any other statement.
  const schema = copy.schema === undefined ? "('pg_temp', 'public')" : `(${quoteText(copy.schema)})`
  const lengths = await connection.runAndReadAll(
    `select column_name, max_bytes from ${ALL_ATTRIBUTES} where table_name = ${quoteText(copy.name)}
      and schema_name in ${schema}
     qualify dense_rank() over (order by schema_name = 'pg_temp' desc) = 1`,
  )
  const maxBytes = new Map(
    lengths.getRowsJson().flatMap(([name, bytes]) => (bytes === null ? [] : [[String(name), Number(bytes)] as const])),
  )
  const all = described
    .getRowsJson()
    .map(([name, type]) => ({ name: String(name), type: String(type), maxBytes: maxBytes.get(String(name)) }))
  if (!copy.columns) return all
  return copy.columns.map(name => {
    const found = all.find(column => column.name === name)
    if (!found) throw new RedshiftError(`column "${name}" of relation "${copy.name}" does not exist`, '42703')
    return found
  })
}

export const insertInto = (copy: CopyCommand, columns: readonly Column[]): string =>
  `insert into ${copy.table} (${columns.map(column => quoteName(column.name)).join(', ')})`

/** How the text `c<index>` becomes the value of a column, and when it does not. */
export interface Cast {
  column: Column
  value: string
  isBad: string
}

export function castOf(copy: CopyCommand, column: Column, index: number): Cast {
  let source = `c${index}`
  const isText = column.type === 'VARCHAR'
  if (copy.trimBlanks && isText) source = `rtrim(${source})`
  // An empty field is null for every type that is not text (Developer Guide, COPY, EMPTYASNULL).
  if (!isText || copy.emptyAsNull) source = `nullif(${source}, '')`
  if (copy.blanksAsNull) source = `case when trim(${source}) = '' then null else ${source} end`
  const { maxBytes } = column
  if (isText) {
    if (maxBytes === undefined) return { column, value: source, isBad: 'false' }
    if (copy.truncateColumns) return { column, value: `sluice_cut(${source}, ${maxBytes})`, isBad: 'false' }
    return { column, value: source, isBad: `coalesce(strlen(${source}) > ${maxBytes}, false)` }
  }
  const format =
    column.type === 'DATE' ? copy.dateFormat : column.type.startsWith('TIMESTAMP') ? copy.timeFormat : undefined
  const pattern = format && format !== 'auto' ? toStrftime(format) : undefined
  const value = pattern
    ? `try_cast(try_strptime(${source}, ${quoteText(pattern)}) as ${column.type})`
    : `try_cast(trim(${source}) as ${column.type})`
  return { column, value, isBad: `(${source} is not null and ${value} is null)` }
}

/**
 * Code and words for a value that does not fit (Developer Guide, "Load error reference"). The words are those that
 * STL_LOAD_ERRORS is seen to carry; the guide lists only the codes.
 */
export function reasonOf(column: Column, value: string): { code: number; reason: string } {
  const { type } = column
  if (type === 'VARCHAR') return { code: 1204, reason: 'String length exceeds DDL length' }
  if (type === 'DATE') return { code: 1205, reason: 'Invalid Date Format - length must be 10 or more' }
  if (type.startsWith('TIMESTAMP'))
    return { code: 1206, reason: 'Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]' }
  if (type === 'BOOLEAN') return { code: 1210, reason: 'Unknown boolean format' }
  const bad = /[^0-9+\-.eE]/.exec(value)
  const name = TYPE_NAMES[type] ?? type.replace(/\(.*/, '').toLowerCase()
  const digit = bad && `Invalid digit, Value '${bad[0]}', Pos ${bad.index}, Type: ${name}`
  if (type === 'DOUBLE' || type === 'FLOAT') return { code: 1208, reason: digit || 'Invalid float value' }
  if (type.startsWith('DECIMAL')) return { code: 1209, reason: digit || 'Overflow or invalid decimal value' }
  return digit || value.includes('.')
    ? { code: 1207, reason: digit || `Invalid digit, Value '.', Pos ${value.indexOf('.')}, Type: ${name}` }
    : { code: 1222, reason: `Overflow, Column type: ${name}` }
}

const TYPE_NAMES: Record<string, string> = {
  SMALLINT: 'Short',
  INTEGER: 'Integer',
  BIGINT: 'Long',
  DOUBLE: 'Float8',
  FLOAT: 'Float4',
}
