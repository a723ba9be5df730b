import { alterStatement } from './alter-table.ts'
import { forgetAttributes } from './attributes.ts'
import { parseCopy } from './copy.ts'
import { createTable, schemaOf, tableName } from './create-table.ts'
import { toDuckdb } from './expressions.ts'
import { mergeStatement } from './merge.ts'
import { refuseReserved, refuseSystemSchema } from './reserved.ts'
import { RedshiftError, type Statement } from './statement.ts'
import {
  type Cursor,
  cursorOf,
  entryOf,
  quoteName,
  quoteText,
  splitCommas,
  splitStatements,
  type Token,
  tokenize,
} from './tokens.ts'
import { parseUnload } from './unload.ts'

/**
 * What the statements of a text are for the sandbox.
 * @throws RedshiftError for what Redshift refuses, in its words, and for what the sandbox cannot do, in ours
 */
export function translate(sql: string): Statement[] {
  return splitStatements(tokenize(sql)).map(translateOne)
}

const change = (verb: string, ...sql: string[]): Statement => ({ kind: 'sql', verb, sql, hasResultSet: false })
const query = (verb: string, sql: string): Statement => ({ kind: 'sql', verb, sql: [sql], hasResultSet: true })
const accepted = (verb: string): Statement => ({ kind: 'accepted', verb })

type Parse = (cursor: Cursor, tokens: readonly Token[]) => Statement

/** By the first word. */
const STATEMENTS: Record<string, Parse> = {
  select: (_, tokens) => selectStatement(tokens),
  with: (_, tokens) => query('SELECT', toDuckdb(tokens)),
  '(': (_, tokens) => query('SELECT', toDuckdb(tokens)),
  values: (_, tokens) => query('SELECT', toDuckdb(tokens)),
  show: showStatement,
  explain: explainStatement,
  insert: (_, tokens) => change('INSERT', toDuckdb(tokens, 'changes')),
  update: (_, tokens) => change('UPDATE', toDuckdb(tokens, 'changes')),
  delete: (_, tokens) =>
    change(
      'DELETE',
      toDuckdb(
        tokens[1]?.value === 'from' ? tokens : [tokens[0] as Token, word('from'), ...tokens.slice(1)],
        'changes',
      ),
    ),
  merge: mergeStatement,
  truncate(cursor) {
    cursor.takes('truncate')
    cursor.takes('table')
    return change('TRUNCATE', `delete from ${tableName(cursor.name())}`)
  },
  create: createStatement,
  drop: dropStatement,
  alter: alterStatement,
  copy(cursor) {
    cursor.takes('copy')
    return { kind: 'copy', verb: 'COPY', copy: parseCopy(cursor) }
  },
  unload(cursor) {
    cursor.takes('unload')
    return { kind: 'unload', verb: 'UNLOAD', unload: parseUnload(cursor) }
  },
  lock(cursor) {
    cursor.takes('lock')
    cursor.takes('table')
    const tables = [cursor.name().join('.')]
    while (cursor.takes(',')) tables.push(cursor.name().join('.'))
    if (cursor.peek()) cursor.fail()
    return { kind: 'lock', verb: 'LOCK TABLE', tables }
  },
  begin: beginStatement,
  start: beginStatement,
  commit: cursor => endStatement(cursor, 'COMMIT'),
  end: cursor => endStatement(cursor, 'COMMIT'),
  rollback: cursor => endStatement(cursor, 'ROLLBACK'),
  abort: cursor => endStatement(cursor, 'ROLLBACK'),
  grant: () => accepted('GRANT'),
  revoke: () => accepted('REVOKE'),
  vacuum: () => accepted('VACUUM'),
  analyze: () => accepted('ANALYZE'),
  comment: () => accepted('COMMENT'),
  reset: () => accepted('RESET'),
  set: setStatement,
  refresh: refreshStatement,
}

function translateOne(tokens: readonly Token[]): Statement {
  refuseReserved(tokens)
  const first = tokens[0] as Token
  const parse = first.kind === 'word' || first.text === '(' ? entryOf(STATEMENTS, first.value) : undefined
  if (parse) return parse(cursorOf(tokens), tokens)
  if (['call', 'declare', 'fetch', 'prepare', 'execute', 'cancel', 'close'].includes(first.value)) {
    throw new RedshiftError(`the sandbox does not run ${first.value.toUpperCase()}`, '0A000')
  }
  throw new RedshiftError(`syntax error at or near "${first.value}"`, '42601')
}

/**
 * BEGIN [WORK | TRANSACTION] [ISOLATION LEVEL ...] [READ WRITE | READ ONLY]: every level is SERIALIZABLE (Developer
 * Guide, BEGIN).
 */
function beginStatement(cursor: Cursor): Statement {
  if (cursor.takes('start')) cursor.expects('transaction')
  else {
    cursor.expects('begin')
    if (!cursor.takes('work')) cursor.takes('transaction')
  }
  let readOnly = false
  while (cursor.peek()) {
    if (cursor.takes('isolation', 'level')) takeLevel(cursor)
    else if (cursor.takes('read', 'only')) readOnly = true
    else if (cursor.takes('read', 'write')) readOnly = false
    else cursor.fail()
    cursor.takes(',')
  }
  return { kind: 'transaction', verb: 'BEGIN', readOnly }
}

const LEVELS = [['serializable'], ['read', 'uncommitted'], ['read', 'committed'], ['repeatable', 'read']]
function takeLevel(cursor: Cursor): void {
  if (!LEVELS.some(level => cursor.takes(...level))) cursor.fail()
}

function endStatement(cursor: Cursor, verb: 'COMMIT' | 'ROLLBACK'): Statement {
  cursor.next()
  if (!cursor.takes('work')) cursor.takes('transaction')
  if (cursor.peek()) cursor.fail()
  return { kind: 'transaction', verb }
}

/** The plan of a statement that is one of SQL. The statement itself is read as any other, and not run. */
function explainStatement(cursor: Cursor): Statement {
  cursor.expects('explain')
  cursor.takes('verbose')
  const rest = cursor.rest()
  if (rest.length === 0) cursor.fail()
  const explained = translateOne(rest)
  const [sql, another] = explained.kind === 'sql' ? explained.sql : []
  if (sql === undefined || another !== undefined || ['EXPLAIN', 'SHOW', 'SET'].includes(explained.verb))
    throw new RedshiftError(`the sandbox does not explain ${explained.verb}`, '0A000')
  return query('EXPLAIN', `explain ${sql}`)
}

const word = (value: string): Token => ({ kind: 'word', text: value, value })

/** `select ... into [temp] table` is CREATE TABLE AS. */
function selectStatement(tokens: readonly Token[]): Statement {
  let depth = 0
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token
    if (token.kind === 'symbol' && token.text === '(') depth++
    if (token.kind === 'symbol' && token.text === ')') depth--
    if (depth !== 0 || token.kind !== 'word' || token.value !== 'into') continue
    const cursor = cursorOf(tokens.slice(at + 1))
    const temporary = cursor.takes('temp') || cursor.takes('temporary')
    cursor.takes('table')
    const parts = cursor.name()
    const rest = [...tokens.slice(0, at), ...cursor.rest()]
    return change(
      'SELECT INTO',
      `create ${temporary || parts.at(-1)?.startsWith('#') ? 'temp ' : ''}table ${tableName(parts)} as ` +
        `${toDuckdb(rest)}`,
    )
  }
  return query('SELECT', toDuckdb(tokens))
}

function createStatement(cursor: Cursor, tokens: readonly Token[]): Statement {
  cursor.expects('create')
  if (cursor.takes('schema')) {
    const ifNotExists = cursor.takes('if', 'not', 'exists') ? 'if not exists ' : ''
    const name = cursor.name().at(-1) ?? ''
    refuseSystemSchema(name)
    return change('CREATE SCHEMA', `create schema ${ifNotExists}${quoteName(name)}`)
  }
  if (cursor.takes('materialized', 'view')) return createMaterializedView(cursor)
  const replace = cursor.takes('or', 'replace') ? 'or replace ' : ''
  if (cursor.takes('view')) {
    const parts = cursor.name()
    const columns = cursor.sees('(') ? ` (${splitCommas(cursor.group()).map(columnOf).join(', ')})` : ''
    cursor.expects('as')
    const rest = withoutSchemaBinding(cursor.rest())
    return change('CREATE VIEW', `create ${replace}view ${tableName(parts)}${columns} as ${toDuckdb(rest)}`)
  }
  if (['table', 'temp', 'temporary', 'local'].includes(cursor.peek()?.value ?? '')) return createTable(cursor)
  throw new RedshiftError(`the sandbox does not run CREATE ${(tokens[1]?.value ?? '').toUpperCase()}`, '0A000')
}

/** @throws RedshiftError when it is more than a name */
function columnOf(tokens: readonly Token[]): string {
  const cursor = cursorOf(tokens)
  const [name = '', another] = cursor.name()
  if (another !== undefined || cursor.peek()) cursor.fail()
  return quoteName(name)
}

function withoutSchemaBinding(tokens: Token[]): Token[] {
  const tail = tokens
    .slice(-4)
    .map(token => token.value)
    .join(' ')
  return tail === 'with no schema binding' ? tokens.slice(0, -4) : tokens
}

/** A materialized view is a table beside the query that fills it; REFRESH refills it. */
function createMaterializedView(cursor: Cursor): Statement {
  const parts = cursor.name()
  while (!cursor.sees('as')) cursor.next()
  cursor.expects('as')
  const sql = toDuckdb(cursor.rest())
  return change(
    'CREATE MATERIALIZED VIEW',
    `create table ${tableName(parts)} as ${sql}`,
    forgetView(parts),
    `insert into sluice_sandbox.materialized_views values (${quoteText(viewKey(parts))}, ${quoteText(sql)})`,
  )
}

const viewKey = (parts: readonly string[]): string => `${schemaOf(parts, false)}.${parts.at(-1)}`
const forgetView = (parts: readonly string[]): string =>
  `delete from sluice_sandbox.materialized_views where name = ${quoteText(viewKey(parts))}`

function refreshStatement(cursor: Cursor): Statement {
  cursor.expects('refresh', 'materialized', 'view')
  const parts = cursor.name()
  return { kind: 'refresh', verb: 'REFRESH MATERIALIZED VIEW', view: viewKey(parts), table: tableName(parts) }
}

const DROPPED = ['table', 'view', 'schema'] as const

function dropStatement(cursor: Cursor): Statement {
  cursor.expects('drop')
  const materialized = cursor.takes('materialized', 'view')
  const kind = materialized ? 'table' : DROPPED.find(entry => cursor.takes(entry))
  if (!kind)
    throw new RedshiftError(`the sandbox does not run DROP ${(cursor.peek()?.value ?? '').toUpperCase()}`, '0A000')
  const ifExists = cursor.takes('if', 'exists') ? 'if exists ' : ''
  const dropped = [cursor.name()]
  while (cursor.takes(',')) dropped.push(cursor.name())
  const cascade = cursor.takes('cascade') ? ' cascade' : ''
  if (!cascade) cursor.takes('restrict')
  if (cursor.peek()) cursor.fail()
  if (kind === 'schema') for (const parts of dropped) refuseSystemSchema(parts.at(-1) ?? '')
  return change(
    `DROP ${kind.toUpperCase()}`,
    ...dropped.flatMap(parts => [
      `drop ${kind} ${ifExists}${kind === 'schema' ? quoteName(parts.at(-1) ?? '') : tableName(parts)}${cascade}`,
      ...(kind === 'table'
        ? [...forgetAttributes({ schema: schemaOf(parts, false), table: parts.at(-1) ?? '' }), forgetView(parts)]
        : []),
    ]),
  )
}

function setStatement(cursor: Cursor): Statement {
  cursor.expects('set')
  if (!cursor.takes('search_path')) return accepted('SET')
  if (!cursor.takes('to')) cursor.expects('=')
  const names = cursor
    .rest()
    .filter(token => token.kind !== 'symbol')
    .flatMap(token =>
      token.kind === 'string' ? token.value.split(',').map(part => part.trim().toLowerCase()) : [token.value],
    )
    .map(text => text.replace(/^"(.*)"$/, '$1'))
    .filter(found => found !== '' && found !== '$user')
  refuseReserved(names.map(word))
  for (const found of names) refuseSystemSchema(found)
  return change('SET', `set search_path = ${quoteText(names.map(quoteName).join(','))}`)
}

function showStatement(cursor: Cursor): Statement {
  cursor.expects('show')
  if (cursor.takes('search_path')) return query('SHOW', "select current_setting('search_path') as search_path")
  if (cursor.takes('schemas')) return query('SHOW', 'select schema_name from svv_redshift_schemas order by 1')
  if (cursor.takes('tables'))
    return query('SHOW', 'select table_schema as schema_name, table_name, table_type from svv_tables order by 1, 2')
  throw new RedshiftError(`unrecognized configuration parameter "${cursor.peek()?.value ?? ''}"`, '42704')
}
