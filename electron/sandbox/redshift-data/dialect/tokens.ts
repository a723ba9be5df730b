import { RedshiftError } from './statement.ts'

/**
 * A piece of a statement. `text` is as written; `value` is what it means: a folded name, a string without its quotes.
 */
export interface Token {
  kind: 'word' | 'quoted-name' | 'string' | 'number' | 'symbol'
  text: string
  value: string
}

const PIECES: [kind: Token['kind'] | 'space', pattern: RegExp][] = [
  ['space', /(?:\s+|--[^\n]*)+/y],
  ['string', /[eE]?'(?:[^'\\]|''|\\[\s\S]?)*'/y],
  ['quoted-name', /"(?:[^"]|"")+"/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['word', /[#\p{L}_][\p{L}\p{N}_$]*/uy],
  ['symbol', /::|<=|>=|<>|!=|\|\||~~\*|!~|~\*|[-+*/%^(),.;:=<>[\]{}@&|~!?]/y],
]

/** In the text of DuckDB a backslash is only itself. */
const DUCKDB_STRING: [kind: 'string', pattern: RegExp] = ['string', /'(?:[^']|'')*'/y]
const DUCKDB_PIECES = PIECES.map(piece => (piece[0] === 'string' ? DUCKDB_STRING : piece))

/**
 * Cuts a text into tokens, by default one of Redshift. Names are folded to lower case, quoted ones too, as Redshift
 * does by default (enable_case_sensitive_identifier off).
 * @throws RedshiftError for a quote or comment that is not closed, and for a character that SQL has no use for
 */
export function tokenize(sql: string, dialect: 'redshift' | 'duckdb' = 'redshift'): Token[] {
  const tokens: Token[] = []
  const pieces = dialect === 'redshift' ? PIECES : DUCKDB_PIECES
  for (let at = 0; at < sql.length; ) {
    if (sql.startsWith('/*', at)) {
      at = endOfComment(sql, at)
      continue
    }
    const dollar = /\$([A-Za-z_]*)\$/y
    dollar.lastIndex = at
    const opened = dollar.exec(sql)
    if (opened) {
      const end = sql.indexOf(opened[0], dollar.lastIndex)
      if (end < 0) throw unterminated('dollar-quoted string', sql, at)
      const value = sql.slice(dollar.lastIndex, end)
      tokens.push({ kind: 'string', text: quoteText(value), value })
      at = end + opened[0].length
      continue
    }
    const found = match(sql, at, pieces)
    if (!found) {
      if (sql[at] === "'") throw unterminated('quoted string', sql, at)
      if (sql[at] === '"') throw unterminated('quoted identifier', sql, at)
      throw new RedshiftError(`syntax error at or near "${sql[at]}"`, '42601')
    }
    if (found.token) tokens.push(found.token)
    at = found.end
  }
  return tokens
}

function match(sql: string, at: number, pieces: typeof PIECES): { token?: Token; end: number } | undefined {
  for (const [kind, pattern] of pieces) {
    pattern.lastIndex = at
    const text = pattern.exec(sql)?.[0]
    if (text === undefined || text === '') continue
    const end = at + text.length
    if (kind === 'space') return { end }
    if (kind === 'string') {
      const value = pieces === PIECES ? unescapeString(text) : text.slice(1, -1).replaceAll("''", "'")
      return { token: { kind, text: quoteText(value), value }, end }
    }
    if (kind === 'quoted-name') {
      const value = text.slice(1, -1).replaceAll('""', '"').toLowerCase()
      return { token: { kind, text: quoteName(value), value }, end }
    }
    const value = kind === 'word' ? text.toLowerCase() : text
    return { token: { kind, text: kind === 'word' && value.startsWith('#') ? quoteName(value) : value, value }, end }
  }
  return undefined
}

function endOfComment(sql: string, from: number): number {
  let depth = 0
  for (let at = from; at < sql.length; at++) {
    if (sql.startsWith('/*', at)) depth++
    else if (sql.startsWith('*/', at) && --depth === 0) return at + 2
    else continue
    at++
  }
  throw unterminated('/* comment', sql, from)
}

const unterminated = (what: string, sql: string, at: number): RedshiftError =>
  new RedshiftError(`unterminated ${what} at or near "${sql.slice(at, at + 40)}"`, '42601')

/** Redshift reads backslash escapes in every string. */
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }
function unescapeString(text: string): string {
  const inner = text.slice(text.indexOf("'") + 1, -1)
  return inner.replace(/''|\\([\s\S])/g, (whole, escaped: string | undefined) =>
    whole === "''" ? "'" : (ESCAPES[escaped ?? ''] ?? escaped ?? ''),
  )
}

/** An entry of a table by a word that came from outside: never what every object inherits. */
export const entryOf = <T>(table: Readonly<Record<string, T>>, word: string): T | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined

/** A string literal of DuckDB, where a backslash is only itself. */
export const quoteText = (value: string): string => `'${value.replaceAll("'", "''")}'`
/** A name of DuckDB. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Tokens of one statement each, the semicolons left out; empty statements too. */
export function splitStatements(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'symbol' && token.text === ';') statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.filter(statement => statement.length > 0)
}

/** The text of tokens, with a space between all but the pieces of a dotted name, a call and a cast. */
export function toText(tokens: readonly Token[]): string {
  let text = ''
  tokens.forEach((token, index) => {
    const before = tokens[index - 1]?.text
    const tight =
      index === 0 ||
      token.text === '.' ||
      before === '.' ||
      token.text === '::' ||
      before === '::' ||
      token.text === ',' ||
      token.text === ')'
    text += tight ? token.text : ` ${token.text}`
  })
  return text
}

/** A reader over tokens: what a parser needs. */
export interface Cursor {
  /** Whether the next tokens are these words or symbols, in this order. */
  sees(...words: string[]): boolean
  /** Takes them when they are next. */
  takes(...words: string[]): boolean
  /** Takes them or fails. */
  expects(...words: string[]): void
  next(): Token
  peek(): Token | undefined
  /** Takes a name, dotted or not: its parts. */
  name(): string[]
  string(): string
  number(): number
  /** Takes a parenthesised group; the tokens inside. */
  group(): Token[]
  rest(): Token[]
  fail(): never
}

export function cursorOf(tokens: readonly Token[]): Cursor {
  let at = 0
  const is = (token: Token | undefined, word: string) =>
    token !== undefined && token.kind !== 'string' && token.kind !== 'quoted-name' && token.value === word
  const cursor: Cursor = {
    sees: (...words) => words.every((word, index) => is(tokens[at + index], word)),
    takes(...words) {
      const found = cursor.sees(...words)
      if (found) at += words.length
      return found
    },
    expects(...words) {
      for (const word of words) if (!cursor.takes(word)) cursor.fail()
    },
    next() {
      const token = tokens[at]
      if (!token) return cursor.fail()
      at++
      return token
    },
    peek: () => tokens[at],
    name() {
      const parts = []
      do {
        const token = cursor.next()
        if (token.kind !== 'word' && token.kind !== 'quoted-name') {
          at--
          cursor.fail()
        }
        parts.push(token.value)
      } while (cursor.takes('.'))
      return parts
    },
    string() {
      const token = tokens[at]
      if (token?.kind !== 'string') cursor.fail()
      at++
      return (token as Token).value
    },
    number() {
      const token = tokens[at]
      if (token?.kind !== 'number') cursor.fail()
      at++
      return Number((token as Token).value)
    },
    group() {
      cursor.expects('(')
      const start = at
      for (let depth = 1; at < tokens.length; at++) {
        if (is(tokens[at], '(')) depth++
        else if (is(tokens[at], ')') && --depth === 0) return tokens.slice(start, at++)
      }
      return cursor.fail()
    },
    rest() {
      const rest = tokens.slice(at)
      at = tokens.length
      return rest
    },
    fail() {
      const token = tokens[at]
      throw new RedshiftError(
        token ? `syntax error at or near "${token.value}"` : 'syntax error at end of input',
        '42601',
      )
    },
  }
  return cursor
}

/** Splits tokens at commas that are in no parentheses. */
export function splitCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.kind === 'symbol') {
      if (token.text === '(') depth++
      if (token.text === ')') depth--
      if (token.text === ',' && depth === 0) {
        parts.push([])
        continue
      }
    }
    parts.at(-1)?.push(token)
  }
  return parts.filter(part => part.length > 0)
}
