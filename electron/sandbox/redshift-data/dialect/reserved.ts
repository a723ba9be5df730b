import { macros } from './macros.ts'
import { RedshiftError } from './statement.ts'
import { entryOf, type Token, tokenize } from './tokens.ts'

/*
 * Names that no SQL of a client reaches: the sandbox's own schema, tables, views and macros; and the catalogs of the
 * engine below, which would show them. What a schema browser asks for is answered by views that leave them out
 * (catalog.ts).
 */

/**
 * Tables and views (catalog.ts, attributes.ts, copy/lines.ts, run-unload.ts). Pipelines have tables that begin with
 * `sluice_`, too.
 */
const OWN = /^sluice_(sandbox|attributes|columns|unload|copy_\w+|is_\w+)$/
const MACROS: ReadonlySet<string> = new Set(macros.flatMap(sql => /macro main\.(sluice_\w+)/.exec(sql)?.[1] ?? []))
export const isMacro = (name: string): boolean => MACROS.has(name)
const isOwn = (name: string): boolean => OWN.test(name) || MACROS.has(name)
/** Catalogs of the engine (`duckdb_views()` where `internal`). */
const ENGINE = /^(duckdb_|pragma_|sqlite_(temp_)?(master|schema)$)/
/** Relations of pg_catalog that the engine has and the sandbox does not show. */
const HIDDEN = new Set(['pg_collation', 'pg_prepared_statements'])
const SCHEMAS_OF_THE_SYSTEM = new Set(['main', 'system', 'temp', 'information_schema'])
/** The views of catalog.ts: no object may take the place of one. */
const SYSTEM_VIEW = /^(pg_|stl_|stv_|svl_|svv_|svcs_|sys_)/

/** `information_schema.tables` and the others are read from views of ours. */
const INFORMATION_SCHEMA: Record<string, string> = {
  tables: 'sluice_is_tables',
  columns: 'sluice_is_columns',
  schemata: 'sluice_is_schemata',
  views: 'sluice_is_views',
  table_constraints: 'sluice_is_table_constraints',
  key_column_usage: 'sluice_is_key_column_usage',
  referential_constraints: 'sluice_is_referential_constraints',
}

const denied = (name: string): RedshiftError =>
  new RedshiftError(`permission denied for ${name}: it is the sandbox's own`, '42501')
const noRelation = (name: string): RedshiftError => new RedshiftError(`relation "${name}" does not exist`, '42P01')

/** @throws RedshiftError when a name of the tokens is one that SQL does not reach, wherever it stands */
export function refuseReserved(tokens: readonly Token[]): void {
  for (const token of tokens) {
    if (token.kind !== 'word' && token.kind !== 'quoted-name') continue
    // Both folds: a letter whose lower case is another letter must not be a way around.
    for (const name of new Set([token.value, token.value.toLowerCase()])) {
      if (isOwn(name)) throw denied(name)
      if (ENGINE.test(name) || HIDDEN.has(name)) throw noRelation(name)
    }
  }
}

/** The engine takes the name of a relation that it does not know for the name of a file. */
export const isFileName = (name: string): boolean =>
  /[/\\*?[\]:]/.test(name) || /\.(csv|tsv|txt|jsonl?|ndjson|parquet|arrow|duckdb|db|gz|zst)$/i.test(name)

/** @throws RedshiftError for the name of an object that a statement makes, changes or drops, when it is the system's */
export function refuseSystemTarget(parts: readonly string[]): void {
  const name = parts.at(-1) ?? ''
  const schema = parts.at(-2)
  if (parts.some(isFileName)) throw noRelation(parts.join('.'))
  if (SYSTEM_VIEW.test(name)) throw new RedshiftError(`permission denied: "${name}" is a system catalog`, '42809')
  if (schema !== undefined && (SCHEMAS_OF_THE_SYSTEM.has(schema) || schema.startsWith('pg_')))
    throw new RedshiftError(`permission denied for schema ${schema}`, '42501')
}

/** @throws RedshiftError for the name of a schema that is the system's */
export function refuseSystemSchema(name: string): void {
  if (name.startsWith('pg_'))
    throw new RedshiftError(`unacceptable schema name "${name}": the prefix "pg_" is reserved`, '42939')
  if (SCHEMAS_OF_THE_SYSTEM.has(name)) throw new RedshiftError(`permission denied for schema ${name}`, '42501')
}

const BEHIND_A_RELATION = new Set(
  (
    'where join inner left right full cross natural on using group order having qualify limit offset union ' +
    'intersect except minus'
  ).split(' '),
)
const name = (value: string): Token => ({ kind: 'word', text: value, value })
const dot: Token = { kind: 'symbol', text: '.', value: '.' }

/**
 * `pg_catalog.x` and `information_schema.x` as the views of ours that answer for them, with the names that columns are
 * asked for by.
 * @throws RedshiftError for one that there is not
 */
export function readSystemViews(tokens: readonly Token[]): Token[] {
  const out: Token[] = []
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token
    const [next, relation, after] = tokens.slice(at + 1, at + 4)
    const isSchema = token.kind !== 'string' && next?.text === '.' && relation !== undefined
    if (isSchema && token.value === 'pg_catalog') {
      // A function is found without its schema.
      if (after?.text !== '(') out.push(name('main'), dot)
      at++
    } else if (isSchema && token.value === 'information_schema') {
      const view = entryOf(INFORMATION_SCHEMA, relation.value)
      if (view === undefined) throw noRelation(`information_schema.${relation.value}`)
      out.push(name('main'), dot, name(view))
      const hasAlias = after !== undefined && after.kind !== 'symbol' && !BEHIND_A_RELATION.has(after.value)
      if (!hasAlias) out.push(name('as'), name(relation.value))
      at += 2
    } else out.push(token)
  }
  return out
}

/**
 * The last check, of what the engine is given: of the sandbox's names nothing but calls of macros and the views above.
 * @throws RedshiftError
 */
export function refuseReservedOf(duckdbSql: string): void {
  const views = new Set(Object.values(INFORMATION_SCHEMA))
  const tokens = tokenize(duckdbSql, 'duckdb')
  const foreign = tokens.filter((token, at) => {
    // The engine's own, which a quoted name or a schema before it would call: the rewriting puts a macro in its place.
    if (token.value.toLowerCase() === 'current_setting' && token.kind !== 'string' && tokens[at + 1]?.text === '(')
      throw new RedshiftError('function current_setting() does not exist: write it as it is, in no quotes', '42883')
    if (views.has(token.value)) return false
    if (MACROS.has(token.value)) return tokens[at + 1]?.text !== '('
    return token.kind === 'word' || token.kind === 'quoted-name'
  })
  refuseReserved(foreign)
}
