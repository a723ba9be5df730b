import { tableName } from './create-table.ts'
import { toDuckdb } from './expressions.ts'
import type { Statement } from './statement.ts'
import { type Cursor, quoteName, type Token, tokenize, toText } from './tokens.ts'

const change = (...sql: string[]) => ({ kind: 'sql', verb: 'MERGE', sql, hasResultSet: false }) as const
/** Text that was put together of a statement's tokens, read as any statement is. Its strings are DuckDB's already. */
const checked = (sql: string): string => toDuckdb(tokenize(sql, 'duckdb'), 'changes')
const MULTIPLE = 'Found multiple matches to update the same tuple.'

/**
 * `MERGE INTO t USING s ON ...`. Redshift refuses a target row that several rows of the source match; DuckDB takes one
 * of them. So the rows are counted first. REMOVE DUPLICATES replaces what matches by the source's distinct rows.
 */
export function mergeStatement(cursor: Cursor, tokens: readonly Token[]): Statement {
  cursor.expects('merge', 'into')
  const target = tableName(cursor.name())
  cursor.expects('using')
  const source = cursor.sees('(') ? `(${toText(cursor.group())})` : tableName(cursor.name())
  if (cursor.takes('as') || !cursor.sees('on')) return withAlias(cursor, tokens, target, source)
  cursor.expects('on')
  const rest = cursor.rest()
  const [last, secondLast] = [rest.at(-1)?.value, rest.at(-2)?.value]
  if (secondLast === 'remove' && last === 'duplicates') {
    const condition = toText(rest.slice(0, -2))
    return change(
      checked(`delete from ${target} using ${source} where ${condition}`),
      checked(`insert into ${target} select distinct * from ${source}`),
    )
  }
  return merge(tokens, target, source, rest)
}

function withAlias(cursor: Cursor, tokens: readonly Token[], target: string, source: string): Statement {
  const [alias = ''] = cursor.name()
  cursor.expects('on')
  return merge(tokens, target, `${source} as ${quoteName(alias)}`, cursor.rest())
}

function merge(tokens: readonly Token[], target: string, source: string, rest: readonly Token[]): Statement {
  const condition = toText(rest.slice(0, endOfCondition(rest)))
  const several = `select 1 from ${target} join ${source} on ${condition} group by ${target}.rowid having count(*) > 1
    limit 1`
  return { ...change(toDuckdb(tokens, 'changes')), refuseWhen: { sql: checked(several), text: MULTIPLE } }
}

/** Where the first WHEN of the MERGE itself begins, not one of a CASE. */
function endOfCondition(tokens: readonly Token[]): number {
  let cases = 0
  let depth = 0
  return tokens.findIndex(token => {
    if (token.kind === 'symbol' && token.text === '(') depth++
    if (token.kind === 'symbol' && token.text === ')') depth--
    if (token.value === 'case') cases++
    if (token.value === 'end' && cases > 0) cases--
    return token.value === 'when' && cases === 0 && depth === 0
  })
}
