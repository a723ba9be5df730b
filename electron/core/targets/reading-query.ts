import { READING_FUNCTIONS } from '../../../shared/redshift/functions.ts'
import { foreignPart } from '../../../shared/redshift/sql-tree.ts'
import { Ambiguous, cutSql, type SqlToken } from './sql-tokens.ts'
import { withoutTypedColumns } from './typed-columns.ts'

/** As long as the Data API takes (Management Guide, "Considerations when calling the Data API"). */
const LONGEST_BYTES = 100_000

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean))

/** Words before a parenthesis that call nothing. */
const NO_CALLS = words(`
  all and any array as between both by case char character cube distinct else except exclude exists filter float for
  from group having ilike in intersect interval is join lateral leading left like limit minus not nvarchar nchar
  numeric decimal offset on or over pivot precision qualify recursive return right rollup select sets similar some
  super then time timestamp timestamptz timetz to top trailing union unpivot using values varbinary varbyte varchar
  varying when where with text bpchar bit int integer bigint smallint real date boolean escape end inner cross full
  natural tablesample order partition rows range null`)

/**
 * What ends in a change, or in a lock, wherever it stands as a word of its own. Sluice's own queries have no column of
 * these names.
 */
const CHANGES =
  words(`into insert update delete merge create drop alter truncate copy unload grant revoke call lock vacuum
  analyze refresh set reset prepare execute declare fetch close begin commit rollback end_transaction cancel comment
  attach detach import export install load`)

const QUERIES = words('select with values')
/** Nodes that are a query as a whole. */
const QUERY_NODES = words('select union intersect except values subquery paren')

/**
 * Why a statement is not known to only read, as the end of "... is refused: "; undefined for one query (or its plan, or
 * a SHOW) whose functions are all of those that read. What is not understood is refused. `by`: SQL that Sluice itself
 * sends has a form that needs no parser, which is loaded for SQL of a user only (it is some 90 MB of WebAssembly).
 */
export async function whyNotReading(sql: string, by: 'user' | 'sluice'): Promise<string | undefined> {
  if (Buffer.byteLength(sql) > LONGEST_BYTES)
    return `it is longer than ${LONGEST_BYTES / 1000} kB, which the Data API does not take`
  let tokens: SqlToken[]
  try {
    tokens = cutSql(sql)
  } catch (error) {
    if (error instanceof Ambiguous) return `it has ${error.message}`
    throw error
  }
  const end = tokens.findLastIndex(token => !isSymbol(token, ';')) + 1
  const one = withoutTypedColumns(sql.slice(0, tokens[end]?.start), tokens.slice(0, end))
  tokens = one.tokens
  const refusal = whyNotOneQuery(tokens)
  if (refusal !== undefined) return refusal
  const first = tokens[0]
  if (first?.value === 'show') return whyNotShow(tokens)
  const body = withoutExplain(tokens)
  const found = whyNotStartingAsQuery(body) ?? foreignCall(body)
  if (found !== undefined) return found
  if (by === 'sluice') {
    const change = body.find(token => token.kind === 'word' && CHANGES.has(token.value))
    return change && `it has the word ${change.value.toUpperCase()}`
  }
  return whyNotParsed(one.sql.slice(body[0]?.start))
}

const isWord = (token: SqlToken | undefined, ...values: string[]): boolean =>
  token?.kind === 'word' && values.includes(token.value)
const isSymbol = (token: SqlToken | undefined, value: string): boolean =>
  token?.kind === 'symbol' && token.value === value

function whyNotOneQuery(tokens: readonly SqlToken[]): string | undefined {
  if (tokens.length === 0) return 'it is empty'
  if (tokens.some(token => isSymbol(token, ';'))) return 'it has more than one statement'
  // To be sure without the parser: a column of this name can be quoted.
  if (tokens.some((token, at) => isWord(token, 'into') && !isSymbol(tokens[at - 1], '.')))
    return 'it has the word INTO, which makes a table'
  return undefined
}

function withoutExplain(tokens: readonly SqlToken[]): readonly SqlToken[] {
  if (!isWord(tokens[0], 'explain')) return tokens
  return tokens.slice(isWord(tokens[1], 'verbose') ? 2 : 1)
}

/** SHOW has names, words and patterns, and nothing that is evaluated. */
function whyNotShow(tokens: readonly SqlToken[]): string | undefined {
  const other = tokens.find(token => token.kind === 'symbol' && token.value !== '.')
  return other && `SHOW has "${other.value}"`
}

function whyNotStartingAsQuery(tokens: readonly SqlToken[]): string | undefined {
  const first = tokens.find(token => !isSymbol(token, '('))
  if (first?.kind === 'word' && QUERIES.has(first.value)) return undefined
  return (
    `it begins with ${first ? `"${first.value.toUpperCase()}"` : 'nothing'} and not with SELECT, WITH, VALUES, ` +
    'SHOW or EXPLAIN of a query'
  )
}

/** The first call of what is not a function that reads, as the tokens show it: no reading of the tree can hide one. */
function foreignCall(tokens: readonly SqlToken[]): string | undefined {
  for (const [at, token] of tokens.entries()) {
    if ((token.kind !== 'word' && token.kind !== 'name') || !isSymbol(tokens[at + 1], '(')) continue
    const before = tokens[at - 1]
    const name = token.value.toLowerCase()
    if (isSymbol(before, '.') && !isOuterMark(tokens, at))
      return unknownFunction(`${tokens[at - 2]?.value ?? ''}.${name}`)
    if (READING_FUNCTIONS.has(name) || (token.kind === 'word' && NO_CALLS.has(name))) continue
    if (namesColumns(tokens, at) || isOuterMark(tokens, at) || isUnpivotOfNulls(tokens, at)) continue
    return unknownFunction(name)
  }
  return undefined
}

const unknownFunction = (name: string): string =>
  `${name}() is not known to be a function of Redshift that only reads. Functions that change something, and ` +
  'your own, run on a target that is not read-only'

/** `with x (a, b) as (`, `as t (a, b)` and `) t (a, b)`: names, not a call. */
function namesColumns(tokens: readonly SqlToken[], at: number): boolean {
  let end = at + 2
  while (end < tokens.length && !isSymbol(tokens[end], ')')) {
    const token = tokens[end]
    if (token?.kind !== 'word' && token?.kind !== 'name' && !isSymbol(token, ',')) return false
    end++
  }
  const before = tokens[at - 1]
  if (isWord(tokens[end + 1], 'as') && isSymbol(tokens[end + 2], '('))
    return isWord(before, 'with', 'recursive') || isSymbol(before, ',')
  return isWord(before, 'as') || isSymbol(before, ')')
}

/** `a.b (+)`, the outer join of old. */
const isOuterMark = (tokens: readonly SqlToken[], at: number): boolean =>
  isSymbol(tokens[at + 2], '+') && isSymbol(tokens[at + 3], ')')

/** `unpivot include nulls (`. */
const isUnpivotOfNulls = (tokens: readonly SqlToken[], at: number): boolean =>
  isWord(tokens[at], 'nulls') && isWord(tokens[at - 1], 'include', 'exclude') && isWord(tokens[at - 2], 'unpivot')

/** What the parser for Redshift's SQL says: one query, all of whose parts are those of queries. */
async function whyNotParsed(query: string): Promise<string | undefined> {
  const { Dialect, parse } = await import('@polyglot-sql/sdk')
  const { success, ast, error } = parse(query, Dialect.Redshift)
  if (!success || !Array.isArray(ast))
    return `Sluice does not understand it as a query of Redshift (${(error ?? 'no statement').split('\n')[0]})`
  if (ast.length !== 1) return 'it has more than one statement'
  const kind = Object.keys(ast[0] ?? {})[0] ?? ''
  if (!QUERY_NODES.has(kind)) return `it is ${kind.replaceAll('_', ' ').toUpperCase()} and no query`
  const found = foreignPart(ast, { statements: 'queries', isFunction: name => READING_FUNCTIONS.has(name) })
  if (found?.what === 'function') return unknownFunction(found.name)
  return found && `it has ${found.name.replaceAll('_', ' ').toUpperCase()}, which is not known to only read`
}
