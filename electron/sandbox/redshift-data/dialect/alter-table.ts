import { addAttribute, changeAttributes, dropAttribute } from './attributes.ts'
import { defaultOf, parseType, schemaOf, tableName } from './create-table.ts'
import { RedshiftError, type Statement } from './statement.ts'
import type { TableKey } from './table.ts'
import { type Cursor, quoteName, quoteText, splitCommas } from './tokens.ts'

const accepted: Statement = { kind: 'accepted', verb: 'ALTER TABLE' }
const change = (...sql: string[]): Statement => ({ kind: 'sql', verb: 'ALTER TABLE', sql, hasResultSet: false })

/** ALTER TABLE and ALTER SCHEMA. @throws RedshiftError for what Redshift, or the sandbox, does not do */
export function alterStatement(cursor: Cursor): Statement {
  cursor.expects('alter')
  if (cursor.takes('schema')) return alterSchema(cursor)
  cursor.expects('table')
  const parts = cursor.name()
  const key: TableKey = { schema: schemaOf(parts, false), table: parts.at(-1) ?? '' }
  const table = tableName(parts)
  if (cursor.takes('rename', 'to')) {
    const [name = ''] = cursor.name()
    return change(
      `alter table ${table} rename to ${tableName([name])}`,
      changeAttributes(key, `table_name = ${quoteText(name)}`),
    )
  }
  if (cursor.takes('rename')) {
    cursor.takes('column')
    const [from = ''] = cursor.name()
    cursor.expects('to')
    const [to = ''] = cursor.name()
    return change(
      `alter table ${table} rename column ${quoteName(from)} to ${quoteName(to)}`,
      changeAttributes(key, `column_name = ${quoteText(to)}`, from),
    )
  }
  if (cursor.takes('add')) return addColumn(cursor, table, key)
  if (cursor.takes('drop')) {
    cursor.takes('column')
    const [name = ''] = cursor.name()
    return change(`alter table ${table} drop column ${quoteName(name)}`, dropAttribute(key, name))
  }
  if (cursor.takes('append', 'from')) {
    const source = tableName(cursor.name())
    return change(`insert into ${table} by name select * from ${source}`, `delete from ${source}`)
  }
  if (cursor.takes('alter')) return alterAttribute(cursor, key)
  if (cursor.takes('owner')) return accepted
  return cursor.fail()
}

function alterSchema(cursor: Cursor): Statement {
  const name = cursor.name().at(-1) ?? ''
  if (cursor.takes('owner') || cursor.takes('quota')) return accepted
  throw new RedshiftError(
    `the sandbox does not rename a schema: make another one and move the tables of "${name}"`,
    '0A000',
  )
}

const CONSTANT = /^('([^']|'')*'|\d+(\.\d*)?|null|true|false)$/i

function addColumn(cursor: Cursor, table: string, key: TableKey): Statement {
  cursor.takes('column')
  if (['constraint', 'primary', 'unique', 'foreign'].includes(cursor.peek()?.value ?? '')) return accepted
  const [name = ''] = cursor.name()
  const type = parseType(cursor)
  const column = `alter table ${table} add column ${quoteName(name)} ${type.duckdbType}`
  const attribute = addAttribute(key, name, type.type, type.maxBytes)
  if (!cursor.takes('default')) return change(column, attribute)
  const value = defaultOf(cursor)
  if (CONSTANT.test(value)) return change(`${column} default ${value}`, attribute)
  // DuckDB gives the rows that are there a default that is no constant only outside of a transaction, and with a
  // setting that is locked.
  return {
    kind: 'sql',
    verb: 'ALTER TABLE',
    addFirst: { column, value: `select cast(cast(${value} as ${type.duckdbType}) as varchar)` },
    sql: [`alter table ${table} alter column ${quoteName(name)} set default ${value}`, attribute],
    hasResultSet: false,
  }
}

/** Keys and encodings are only declared here. A length is a check that DuckDB cannot change. */
function alterAttribute(cursor: Cursor, key: TableKey): Statement {
  if (cursor.takes('diststyle')) {
    const [style = ''] = cursor.name()
    if (style !== 'key') return change(changeAttributes(key, 'dist_key = false'))
    cursor.expects('distkey')
    return change(changeAttributes(key, `dist_key = (column_name = ${quoteText(cursor.name()[0] ?? '')})`))
  }
  if (cursor.takes('distkey'))
    return change(changeAttributes(key, `dist_key = (column_name = ${quoteText(cursor.name()[0] ?? '')})`))
  cursor.takes('compound')
  if (cursor.takes('sortkey')) {
    if (cursor.takes('auto') || cursor.takes('none')) return change(changeAttributes(key, 'sort_key = 0'))
    const names = splitCommas(cursor.group()).flatMap(part => part[0]?.value ?? [])
    return change(changeAttributes(key, `sort_key = list_position([${names.map(quoteText).join(', ')}], column_name)`))
  }
  cursor.takes('column')
  const [name = ''] = cursor.name()
  if (cursor.takes('encode'))
    return change(changeAttributes(key, `encoding = ${quoteText(cursor.name()[0] ?? '')}`, name))
  if (cursor.takes('type'))
    throw new RedshiftError(
      `the sandbox does not change the type of a column: add another one and copy "${name}" into it`,
      '0A000',
    )
  return cursor.fail()
}
