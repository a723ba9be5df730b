import { Dialect, transpile } from '@polyglot-sql/sdk'
import { toStrftime } from './formats.ts'
import { RedshiftError } from './statement.ts'
import { entryOf, quoteText, type Token, toText } from './tokens.ts'

const word = (value: string): Token => ({ kind: 'word', text: value, value })
const symbol = (text: string): Token => ({ kind: 'symbol', text, value: text })

/** Functions that must not take the transpiler's turn, because its answer differs from Redshift's: macros of ours in catalog.ts. */
const OWN_FUNCTIONS: Record<string, string> = {
  getdate: 'sluice_now',
  len: 'sluice_len',
  datediff: 'sluice_datediff',
  json_extract_path_text: 'sluice_json_path',
  is_valid_json: 'json_valid',
  charindex: 'sluice_charindex',
  strtol: 'sluice_strtol',
}
const DATE_FUNCTIONS = new Set(['to_char', 'to_date', 'to_timestamp'])

/**
 * A query or a change of data in DuckDB's words: first what only Redshift has is rewritten token by token, then the transpiler does the
 * rest.
 * @throws RedshiftError when the statement is not SQL
 */
export function toDuckdb(tokens: readonly Token[]): string {
  const text = toText(rewrite(tokens))
  const result = transpile(text, Dialect.Redshift, Dialect.DuckDB)
  const sql = result.sql?.[0]
  if (!result.success || sql === undefined || result.sql?.length !== 1)
    throw new RedshiftError(syntaxError(result.error ?? '', tokens), '42601')
  return sql
}

function syntaxError(message: string, tokens: readonly Token[]): string {
  const near = /near ['"`]?([^'"`]+)['"`]?/i.exec(message)?.[1]
  return near
    ? `syntax error at or near "${near}"`
    : `syntax error in or near "${tokens.at(-1)?.value ?? ''}" (${message.split('\n')[0]})`
}

function rewrite(tokens: readonly Token[]): Token[] {
  const out: Token[] = []
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token
    const called = token.kind === 'word' && tokens[at + 1]?.text === '('
    if (token.kind === 'word' && token.value === 'sysdate') out.push(word('sluice_now'), symbol('('), symbol(')'))
    else if (called && DATE_FUNCTIONS.has(token.value)) at = rewriteFormat(tokens, at, out)
    else if (called && token.value === 'datediff') at = quoteDatePart(tokens, at, out)
    else if (called && entryOf(OWN_FUNCTIONS, token.value) !== undefined)
      out.push(word(entryOf(OWN_FUNCTIONS, token.value) ?? ''))
    else if (token.kind === 'string' && tokens[at - 1]?.value === 'to' && tokens[at - 2]?.value === 'similar') {
      const pattern = similarToRegex(token.value)
      out.push({ kind: 'string', text: quoteText(pattern), value: pattern })
    } else out.push(token)
  }
  return out
}

/** SIMILAR TO has the wildcards of LIKE and the alternatives, groups and repetitions of regular expressions; DuckDB's has only the latter. */
const similarToRegex = (pattern: string): string =>
  pattern.replace(/[%_.^$]/g, char => (char === '%' ? '.*' : char === '_' ? '.' : `\\${char}`))

/** `datediff(day, a, b)`: the part goes in as text. */
function quoteDatePart(tokens: readonly Token[], at: number, out: Token[]): number {
  const part = tokens[at + 2]
  out.push(word('sluice_datediff'), symbol('('))
  if (part) out.push({ kind: 'string', text: quoteText(part.value), value: part.value })
  return at + 2
}

/** `to_char(x, 'YYYY')` as `strftime(x, '%Y')`, and likewise for reading. Number formats stay with to_char, which DuckDB refuses. */
function rewriteFormat(tokens: readonly Token[], at: number, out: Token[]): number {
  const end = closing(tokens, at + 1)
  const literal = tokens[end - 1]
  const format = literal?.kind === 'string' && tokens[end - 2]?.text === ',' ? toStrftime(literal.value) : undefined
  const name = tokens[at]?.value
  const inner = rewrite(tokens.slice(at + 2, format === undefined ? end : end - 2))
  if (format === undefined) {
    if (name === 'to_char')
      throw new RedshiftError('the sandbox formats dates and times with to_char, by a literal format, and no numbers', '0A000')
    out.push(word(name ?? ''), symbol('('), ...inner, symbol(')'))
    return end
  }
  const text: Token = { kind: 'string', text: quoteText(format), value: format }
  if (name === 'to_char') out.push(word('sluice_strftime'), symbol('('), ...inner, symbol(','), text, symbol(')'))
  else
    out.push(
      word(name === 'to_date' ? 'sluice_to_date' : 'sluice_to_timestamp'),
      symbol('('),
      ...inner,
      symbol(','),
      text,
      symbol(')'),
    )
  return end
}

/** The place of the parenthesis that closes the one at `open`. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]?.kind !== 'symbol') continue
    if (tokens[at]?.text === '(') depth++
    if (tokens[at]?.text === ')' && --depth === 0) return at
  }
  throw new RedshiftError('syntax error at end of input', '42601')
}
