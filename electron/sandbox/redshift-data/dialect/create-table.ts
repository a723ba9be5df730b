import { isNotThere, rememberAttributes } from './attributes.ts'
import { toDuckdb } from './expressions.ts'
import { refuseSystemTarget } from './reserved.ts'
import { RedshiftError, type Statement } from './statement.ts'
import type { Column, TableKey } from './table.ts'
import { type Cursor, cursorOf, entryOf, quoteName, quoteText, splitCommas, type Token, toText } from './tokens.ts'

/**
 * The name of a table that a statement makes, changes or drops, in DuckDB's quotes; a temporary one has no schema.
 * @throws RedshiftError when it is the system's
 */
export function tableName(parts: readonly string[]): string {
  refuseSystemTarget(parts)
  return parts.map(quoteName).join('.')
}

export const schemaOf = (parts: readonly string[], temporary: boolean): string =>
  temporary ? 'pg_temp' : (parts.at(-2) ?? 'public')

/** CREATE TABLE in all its forms. */
export function createTable(cursor: Cursor): Statement {
  cursor.takes('local')
  let temporary = cursor.takes('temp') || cursor.takes('temporary')
  cursor.expects('table')
  const ifNotExists = cursor.takes('if', 'not', 'exists')
  const parts = cursor.name()
  temporary ||= parts.at(-1)?.startsWith('#') ?? false
  const target = tableName(temporary ? parts.slice(-1) : parts)
  const create = `create ${temporary ? 'temp ' : ''}table ${ifNotExists ? 'if not exists ' : ''}${target}`
  const key: TableKey = { schema: schemaOf(parts, temporary), table: parts.at(-1) ?? '' }

  if (!cursor.sees('(')) return createAs(cursor, create, undefined)
  const inner = cursor.group()
  const like = cursorOf(inner)
  if (like.takes('like')) {
    const source = like.name()
    const defaults = like.takes('including', 'defaults')
    if (!defaults) like.takes('excluding', 'defaults')
    if (like.peek()) like.fail()
    return { kind: 'like', verb: 'CREATE TABLE', create, key, source, defaults }
  }
  const definitions = splitCommas(inner)
  if (definitions.every(tokens => tokens.length === 1))
    return createAs(
      cursor,
      create,
      definitions.flat().map(token => quoteName(token.value)),
    )
  const columns = definitions.flatMap(tokens => (isTableConstraint(tokens) ? [] : parseColumn(tokens)))
  readTableAttributes(cursor, columns)
  return creates([
    ...columns.flatMap(column =>
      column.identity
        ? [
            `create sequence if not exists ${sequenceName(key, column.name)} start ${column.identity.seed} ` +
              `increment ${column.identity.step}`,
          ]
        : [],
    ),
    // Declared before it is made: a table that is there already keeps what it was declared as.
    ...rememberAttributes(key, columns, ifNotExists ? isNotThere(key) : 'true'),
    `${create} (${columns.map(column => columnSql(column, key)).join(', ')})`,
  ])
}

const creates = (sql: string[]): Statement => ({ kind: 'sql', verb: 'CREATE TABLE', sql, hasResultSet: false })

function createAs(cursor: Cursor, create: string, names: string[] | undefined): Statement {
  while (!cursor.sees('as')) skipTableAttribute(cursor)
  cursor.expects('as')
  const query = cursor.rest()
  const [first] = query
  const inner = first?.text === '(' && cursorOf(query).group().length === query.length - 2 ? query.slice(1, -1) : query
  return creates([`${create}${names ? ` (${names.join(', ')})` : ''} as ${toDuckdb(inner)}`])
}

const CONSTRAINTS = new Set(['primary', 'unique', 'foreign', 'constraint'])
/** Redshift keeps these for its planner and enforces none of them. */
const isTableConstraint = (tokens: readonly Token[]): boolean =>
  tokens[0]?.kind === 'word' && CONSTRAINTS.has(tokens[0].value)

function parseColumn(tokens: readonly Token[]): Column {
  const cursor = cursorOf(tokens)
  const [name = ''] = cursor.name()
  const column: Column = {
    name,
    ...parseType(cursor),
    notNull: false,
    defaultSql: undefined,
    encoding: 'none',
    distKey: false,
    sortKey: 0,
    identity: undefined,
  }
  while (cursor.peek()) {
    if (cursor.takes('not', 'null')) column.notNull = true
    else if (cursor.takes('null')) column.notNull = false
    else if (cursor.takes('default')) column.defaultSql = defaultOf(cursor)
    else if (cursor.takes('encode')) column.encoding = cursor.name()[0] ?? 'none'
    else if (cursor.takes('distkey')) column.distKey = true
    else if (cursor.takes('sortkey')) column.sortKey = 1
    else if (cursor.takes('primary', 'key')) column.notNull = true
    else if (cursor.takes('unique')) continue
    else if (cursor.takes('references')) {
      cursor.name()
      if (cursor.sees('(')) cursor.group()
    } else if (cursor.takes('identity') || cursor.takes('generated', 'by', 'default', 'as', 'identity')) {
      const [seed = 1, step = 1] = splitCommas(cursor.group()).map(part => Number(toText(part)))
      if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(step) || step === 0)
        throw new RedshiftError('IDENTITY takes a seed and a step that are whole numbers', '42601')
      column.identity = { seed, step }
    } else if (cursor.takes('collate')) cursor.name()
    else cursor.fail()
  }
  return column
}

/** A default is one value: a literal, a call, a group, a sign before it and casts behind it. */
export function defaultOf(cursor: Cursor): string {
  const tokens: Token[] = []
  if (cursor.sees('-') || cursor.sees('+')) tokens.push(cursor.next())
  if (cursor.sees('(')) tokens.push(symbol('('), ...cursor.group(), symbol(')'))
  else tokens.push(cursor.next())
  while (cursor.sees('(')) tokens.push(symbol('('), ...cursor.group(), symbol(')'))
  while (cursor.takes('::')) {
    const type = [cursor.next()]
    if (type[0]?.value === 'character' && cursor.sees('varying')) type.push(cursor.next())
    const length = cursor.sees('(') ? [symbol('('), ...cursor.group(), symbol(')')] : []
    // A text that is called one: DuckDB takes no default with the macro that cuts it, and what is too long for the
    // column is refused there.
    const isText = Object.hasOwn(TEXTS, type.map(token => token.value).join(' '))
    if (tokens.length > 1 || tokens[0]?.kind !== 'string' || !isText) tokens.push(symbol('::'), ...type, ...length)
  }
  return toDuckdb([{ kind: 'word', text: 'select', value: 'select' }, ...tokens]).replace(/^select\s+/i, '')
}

const symbol = (text: string): Token => ({ kind: 'symbol', text, value: text })

const TYPES: Record<string, [redshift: string, duckdb: string]> = {
  smallint: ['smallint', 'SMALLINT'],
  int2: ['smallint', 'SMALLINT'],
  integer: ['integer', 'INTEGER'],
  int: ['integer', 'INTEGER'],
  int4: ['integer', 'INTEGER'],
  bigint: ['bigint', 'BIGINT'],
  int8: ['bigint', 'BIGINT'],
  real: ['real', 'REAL'],
  float4: ['real', 'REAL'],
  'double precision': ['double precision', 'DOUBLE'],
  float: ['double precision', 'DOUBLE'],
  float8: ['double precision', 'DOUBLE'],
  boolean: ['boolean', 'BOOLEAN'],
  bool: ['boolean', 'BOOLEAN'],
  date: ['date', 'DATE'],
  timestamp: ['timestamp without time zone', 'TIMESTAMP'],
  'timestamp without time zone': ['timestamp without time zone', 'TIMESTAMP'],
  timestamptz: ['timestamp with time zone', 'TIMESTAMPTZ'],
  'timestamp with time zone': ['timestamp with time zone', 'TIMESTAMPTZ'],
  time: ['time without time zone', 'TIME'],
  timetz: ['time with time zone', 'TIMETZ'],
  super: ['super', 'JSON'],
  varbyte: ['binary varying', 'BLOB'],
  varbinary: ['binary varying', 'BLOB'],
}
const TEXTS: Record<string, { redshift: string; defaultBytes: number }> = {
  varchar: { redshift: 'character varying', defaultBytes: 256 },
  'character varying': { redshift: 'character varying', defaultBytes: 256 },
  nvarchar: { redshift: 'character varying', defaultBytes: 256 },
  text: { redshift: 'character varying', defaultBytes: 256 },
  char: { redshift: 'character', defaultBytes: 1 },
  character: { redshift: 'character', defaultBytes: 1 },
  nchar: { redshift: 'character', defaultBytes: 1 },
  bpchar: { redshift: 'character', defaultBytes: 256 },
}
const MAX_VARCHAR_BYTES = 65_535

/** A declared type: Redshift's name for it, what DuckDB stores, and for texts how many bytes it takes. */
export function parseType(cursor: Cursor): { type: string; duckdbType: string; maxBytes: number | undefined } {
  const first = cursor.next()
  let name = first.value
  if (name === 'double') cursor.expects('precision')
  if (name === 'double') name = 'double precision'
  if (name === 'character' && cursor.takes('varying')) name = 'character varying'
  const inParentheses = cursor.sees('(') ? splitCommas(cursor.group()).map(part => part[0]?.value ?? '') : []
  if (name === 'timestamp' || name === 'time') {
    if (cursor.takes('with', 'time', 'zone')) name = `${name}tz`
    else cursor.takes('without', 'time', 'zone')
  }
  if (name === 'numeric' || name === 'decimal') {
    const [precision = 18, scale = 0] = inParentheses.map(Number)
    if (!(Number.isInteger(precision) && precision >= 1 && precision <= 38))
      throw new RedshiftError('NUMERIC precision must be between 1 and 38', '22023')
    if (!(Number.isInteger(scale) && scale >= 0 && scale <= precision))
      throw new RedshiftError(`NUMERIC scale must be between 0 and precision ${precision}`, '22023')
    return { type: `numeric(${precision},${scale})`, duckdbType: `DECIMAL(${precision},${scale})`, maxBytes: undefined }
  }
  const text = entryOf(TEXTS, name)
  if (text) {
    const [length] = inParentheses
    const maxBytes = length === 'max' ? MAX_VARCHAR_BYTES : length === undefined ? text.defaultBytes : Number(length)
    if (!(Number.isInteger(maxBytes) && maxBytes >= 1 && maxBytes <= MAX_VARCHAR_BYTES))
      throw new RedshiftError(`length for type ${text.redshift} cannot exceed ${MAX_VARCHAR_BYTES}`, '22023')
    return { type: `${text.redshift}(${maxBytes})`, duckdbType: 'VARCHAR', maxBytes }
  }
  const found = entryOf(TYPES, name)
  if (!found) throw new RedshiftError(`type "${name}" does not exist`, '42704')
  return { type: found[0], duckdbType: found[1], maxBytes: undefined }
}

const sequenceName = (key: TableKey, column: string): string =>
  `sluice_sandbox.${quoteName(`${key.schema}.${key.table}.${column}`)}`

/**
 * A text's length is in bytes, and Redshift refuses what is longer: the check's name carries the words of the refusal.
 */
export function columnSql(column: Column, key: TableKey): string {
  const name = quoteName(column.name)
  const check = column.maxBytes === undefined ? '' : ` check (strlen(${name}) <= ${column.maxBytes})`
  const value = column.identity
    ? ` default nextval(${quoteText(sequenceName(key, column.name))})`
    : column.defaultSql
      ? ` default ${column.defaultSql}`
      : ''
  return `${name} ${column.duckdbType}${value}${column.notNull ? ' not null' : ''}${check}`
}

function readTableAttributes(cursor: Cursor, columns: readonly Column[]): void {
  while (cursor.peek()) {
    const { distKey, sortKeys } = skipTableAttribute(cursor)
    for (const column of columns) {
      if (column.name === distKey) column.distKey = true
      const place = sortKeys.indexOf(column.name)
      if (place >= 0) column.sortKey = place + 1
    }
  }
}

function skipTableAttribute(cursor: Cursor): { distKey: string | undefined; sortKeys: string[] } {
  const names = () => splitCommas(cursor.group()).flatMap(part => part[0]?.value ?? [])
  if (cursor.takes('diststyle')) {
    cursor.name()
    return { distKey: undefined, sortKeys: [] }
  }
  if (cursor.takes('distkey')) return { distKey: names()[0], sortKeys: [] }
  if (cursor.takes('compound') || cursor.takes('interleaved') || cursor.sees('sortkey')) {
    cursor.expects('sortkey')
    if (cursor.takes('auto') || cursor.takes('none')) return { distKey: undefined, sortKeys: [] }
    return { distKey: undefined, sortKeys: names() }
  }
  if (cursor.takes('backup')) cursor.name()
  else if (cursor.takes('encode', 'auto')) return { distKey: undefined, sortKeys: [] }
  else cursor.fail()
  return { distKey: undefined, sortKeys: [] }
}
