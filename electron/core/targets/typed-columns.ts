import type { SqlToken } from './sql-tokens.ts'

/**
 * Functions of rows without a type, whose columns are named with their types behind the call (Developer Guide,
 * PG_GET_COLS).
 */
const OF_RECORDS = new Set(['pg_get_cols', 'pg_get_late_binding_view_cols'])

const isSymbol = (token: SqlToken | undefined, value: string): boolean =>
  token?.kind === 'symbol' && token.value === value
const isName = (token: SqlToken | undefined): boolean => token?.kind === 'word' || token?.kind === 'name'

/**
 * `pg_get_late_binding_view_cols() cols(schema name, type varchar(9))` without what stands behind `cols`: the parser
 * does not know it. Only a list of names and types is left out, which evaluates nothing. The text has blanks in its
 * place.
 */
export function withoutTypedColumns(sql: string, tokens: readonly SqlToken[]): { sql: string; tokens: SqlToken[] } {
  const kept: SqlToken[] = []
  let text = sql
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as SqlToken
    kept.push(token)
    if (!isSymbol(token, '(') || !isName(tokens[at - 1]) || !isBehindCall(tokens, at - 1)) continue
    const end = endOfColumns(tokens, at + 1)
    const last = tokens[end]
    if (last === undefined) continue
    kept.pop()
    text = `${text.slice(0, token.start)}${' '.repeat(last.start + 1 - token.start)}${text.slice(last.start + 1)}`
    at = end
  }
  return { sql: text, tokens: kept }
}

/** Whether the alias at `at` is that of a call of such a function, whose arguments have no parentheses. */
function isBehindCall(tokens: readonly SqlToken[], at: number): boolean {
  let open = tokens[at - 1]?.kind === 'word' && tokens[at - 1]?.value === 'as' ? at - 2 : at - 1
  if (!isSymbol(tokens[open], ')')) return false
  while (open >= 0 && !isSymbol(tokens[open], '(')) open--
  const name = tokens[open - 1]
  return name?.kind === 'word' && OF_RECORDS.has(name.value)
}

/** The place of the parenthesis behind `name type, name type(1, 2)`; -1 when it is something else. */
function endOfColumns(tokens: readonly SqlToken[], from: number): number {
  let at = from
  for (;;) {
    if (!isName(tokens[at]) || tokens[at + 1]?.kind !== 'word') return -1
    at += 2
    while (tokens[at]?.kind === 'word') at++
    if (isSymbol(tokens[at], '(') && tokens[at + 1]?.kind === 'number') {
      at += 2
      if (isSymbol(tokens[at], ',') && tokens[at + 1]?.kind === 'number') at += 2
      if (!isSymbol(tokens[at], ')')) return -1
      at++
    }
    if (isSymbol(tokens[at], ')')) return at
    if (!isSymbol(tokens[at], ',')) return -1
    at++
  }
}
