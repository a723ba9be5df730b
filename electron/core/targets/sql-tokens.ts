/** A piece of a query. `value` is a word in lower case, or what stands between quotes. */
export interface SqlToken {
  kind: 'word' | 'name' | 'text' | 'number' | 'symbol'
  value: string
  start: number
}

/** Why a text is not cut into tokens: two who read it could read it in two ways. */
export class Ambiguous extends Error {}

const WORD = /[\p{L}_][\p{L}\p{N}\p{M}_]*/uy
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
const SYMBOL = /::|<=|>=|<>|!=|\|\||!~\*|~\*|!~|[-+*/%^(),.;:=<>[\]|&~]/y
const BLANK = /[ \t\n]|\r\n/y
const LINE_COMMENT = /--[^\n]*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y

/** What other dialects, tools or settings read otherwise, and what to write instead. */
const REFUSED: Record<string, string> = {
  '`': 'a backtick: quote names with double quotes',
  '#': 'the character #: Sluice cannot distinguish a comment from an operator or a temporary table',
  $: 'the character $: write texts in single quotes, and values in the place of parameters',
  '{': 'a brace: fill in templates before the query is sent',
  '}': 'a brace: fill in templates before the query is sent',
  '\\': 'a backslash outside of a text',
  '@': 'the character @',
  '?': 'the character ?: write values in the place of parameters',
  '!': 'the character !: write <> or NOT',
}

/**
 * Cuts a query into tokens, comments left out. It takes only what every reader of SQL cuts in the same place, whatever
 * its dialect and settings are: a text that hides a statement from one of them is refused. @throws Ambiguous
 */
export function cutSql(sql: string): SqlToken[] {
  refuseOddCharacters(sql)
  const tokens: SqlToken[] = []
  const take = (pattern: RegExp, at: number): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(sql)?.[0]
  }
  for (let at = 0; at < sql.length; ) {
    const start = at
    const skipped = take(BLANK, at) ?? commentAt(sql, at, take)
    if (skipped !== undefined) {
      at += skipped.length
      continue
    }
    const char = sql[at] ?? ''
    if (char === "'" || char === '"') {
      const whole = quotedAt(sql, at)
      const before = sql[at - 1] ?? ''
      if (/[\p{L}\p{N}_&'"]/u.test(before))
        throw new Ambiguous(`a quote directly behind "${before}": leave a blank before ${whole}`)
      at += whole.length
      const value = whole.slice(1, -1).replaceAll(char + char, char)
      if (char === '"' && value === '') throw new Ambiguous('a name of no characters')
      tokens.push({ kind: char === '"' ? 'name' : 'text', value, start })
      continue
    }
    const word = take(WORD, at)
    const number = word === undefined ? take(NUMBER, at) : undefined
    const symbol = word === undefined && number === undefined ? take(SYMBOL, at) : undefined
    const text = word ?? number ?? symbol
    if (text === undefined) throw new Ambiguous(REFUSED[char] ?? `the character ${JSON.stringify(char)}`)
    at += text.length
    if (number !== undefined && /[\p{L}_]/u.test(sql[at] ?? ''))
      throw new Ambiguous(`a number directly before a word: ${text}${sql[at]}`)
    if (symbol === '[') refuseBracket(sql, at)
    const kind = word !== undefined ? 'word' : number !== undefined ? 'number' : 'symbol'
    tokens.push({ kind, value: kind === 'word' ? text.toLowerCase() : text, start })
  }
  return tokens
}

/**
 * Control characters but tab and line ends, blanks that are no blank to everybody, marks of direction and order, and
 * what is no character.
 */
const ODD = /[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\p{Cs}\p{Cn}\ufffc\ufffd]/gu

function refuseOddCharacters(sql: string): void {
  const odd = sql.match(ODD)?.find(char => !/[ \t\r\n]/.test(char))
  if (odd !== undefined)
    throw new Ambiguous(
      `the character U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}: type a plain blank`,
    )
  if (/\r(?!\n)/.test(sql)) throw new Ambiguous('a carriage return that ends no line')
}

function commentAt(
  sql: string,
  at: number,
  take: (pattern: RegExp, at: number) => string | undefined,
): string | undefined {
  if (sql.startsWith('--', at)) return take(LINE_COMMENT, at)
  if (!sql.startsWith('/*', at)) return undefined
  const comment = take(BLOCK_COMMENT, at)
  if (comment === undefined) throw new Ambiguous('a comment that does not end')
  // Some nest comments and some do not; MySQL runs what stands in /*! */.
  if (comment.indexOf('/*', 2) > 0 || comment.startsWith('/*!')) throw new Ambiguous('a comment within a comment')
  return comment
}

/**
 * A text or a name with its quotes. A backslash before a quote is an escape to some and not to others; two are none to
 * both, as in `escape '\\'`.
 */
function quotedAt(sql: string, start: number): string {
  const quote = sql[start] ?? ''
  for (let at = start + 1; at < sql.length; at++) {
    if (sql[at] !== quote) continue
    if (backslashesBefore(sql, at) % 2 === 1)
      throw new Ambiguous(`a backslash before a quote: write ${quote}${quote} for a quote in a text`)
    if (sql[at + 1] !== quote) return sql.slice(start, at + 1)
    at++
  }
  throw new Ambiguous(`a ${quote === '"' ? 'name' : 'text'} whose quote is not closed`)
}

function backslashesBefore(sql: string, at: number): number {
  let first = at
  while (sql[first - 1] === '\\') first--
  return at - first
}

/**
 * `a[0]`, `a['b']` and `a[i.n]` of a SUPER value, directly behind it; a bracket elsewhere quotes names in another
 * dialect. What is in it ends at the same place for one that reads a name there.
 */
function refuseBracket(sql: string, at: number): void {
  const inner = /(?:\d+|'[^'\\[\]]*'|[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*)\]/uy
  inner.lastIndex = at
  if (!/[\p{L}\p{N}_"\])]/u.test(sql[at - 2] ?? '') || !inner.test(sql))
    throw new Ambiguous('a bracket that is no place in a SUPER array, as in items[0]')
}
