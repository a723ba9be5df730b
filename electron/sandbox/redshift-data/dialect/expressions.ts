import { Dialect, parse, transpile } from '@polyglot-sql/sdk'
import { READING_FUNCTIONS } from '../../../../shared/redshift/functions.ts'
import { foreignPart } from '../../../../shared/redshift/sql-tree.ts'
import { dateAddMacro, datePart } from './date-parts.ts'
import { toStrftime } from './formats.ts'
import { parseNumberFormat } from './number-formats.ts'
import { isFileName, isMacro, readSystemViews, refuseReserved, refuseReservedOf } from './reserved.ts'
import { RedshiftError } from './statement.ts'
import { entryOf, quoteText, type Token, tokenize, toText } from './tokens.ts'

const word = (value: string): Token => ({ kind: 'word', text: value, value })
const symbol = (text: string): Token => ({ kind: 'symbol', text, value: text })

/**
 * Functions that must not take the transpiler's turn, because its answer differs from Redshift's: macros of ours in
 * macros.ts.
 */
const OWN_FUNCTIONS: Record<string, string> = {
  getdate: 'sluice_now',
  len: 'sluice_len',
  json_extract_path_text: 'sluice_json_path',
  is_valid_json: 'json_valid',
  charindex: 'sluice_charindex',
  strtol: 'sluice_strtol',
  version: 'sluice_version',
  current_setting: 'sluice_setting',
  regexp_replace: 'sluice_regexp_replace',
  regexp_substr: 'sluice_regexp_substr',
  regexp_count: 'sluice_regexp_count',
  regexp_instr: 'sluice_regexp_instr',
  octet_length: 'sluice_octet_length',
  btrim: 'sluice_btrim',
  initcap: 'sluice_initcap',
  sha2: 'sluice_sha2',
  sha: 'sha1',
  func_sha1: 'sha1',
  trunc: 'sluice_trunc',
  json_parse: 'sluice_json_parse',
  json_extract_array_element_text: 'sluice_json_element',
  repeat: 'sluice_repeat',
  replicate: 'sluice_repeat',
  lpad: 'sluice_lpad',
  rpad: 'sluice_rpad',
  replace: 'sluice_replace',
}
/** Words that are calls without parentheses. */
const OWN_WORDS: Record<string, string> = {
  sysdate: 'sluice_now',
  current_user: 'sluice_user',
  session_user: 'sluice_user',
  user: 'sluice_user',
}
const DATE_FUNCTIONS = new Set(['to_char', 'to_date', 'to_timestamp'])

/**
 * A query, or a change of data where one may stand, in DuckDB's words: first what only Redshift has is rewritten token
 * by token, then the transpiler does the rest.
 * @throws RedshiftError when the statement is not SQL
 */
export function toDuckdb(tokens: readonly Token[], statements: 'queries' | 'changes' = 'queries'): string {
  refuseReserved(tokens)
  const text = toText(rewrite(readSystemViews(tokens)))
  refuseForeign(text, tokens, statements)
  const result = transpile(text, Dialect.Redshift, Dialect.DuckDB)
  const sql = result.sql?.[0]
  if (!result.success || sql === undefined || result.sql?.length !== 1) throw notParsed(result.error ?? '', tokens)
  const cut = cutTexts(sql)
  refuseReservedOf(cut)
  return cut
}

/** Functions that the rewriting puts in the place of Redshift's, beside the macros. */
const REWRITTEN = new Set(['json_valid', 'date_part', 'date_trunc', 'sha1'])
const isFunction = (name: string): boolean => READING_FUNCTIONS.has(name) || REWRITTEN.has(name) || isMacro(name)

/**
 * Only what Redshift has goes on: the engine below has functions and statements that read files, its settings and its
 * catalogs.
 * @throws RedshiftError
 */
function refuseForeign(text: string, tokens: readonly Token[], statements: 'queries' | 'changes'): void {
  const { success, ast, error } = parse(text, Dialect.Redshift)
  if (!success) throw notParsed(error ?? '', tokens)
  const found = foreignPart(ast, { statements, isFunction, isRelation: name => !isFileName(name) })
  if (found?.what === 'function') throw new RedshiftError(`function ${found.name}() does not exist`, '42883')
  if (found && isFileName(found.name)) throw new RedshiftError(`relation "${found.name}" does not exist`, '42P01')
  if (found)
    throw new RedshiftError(
      `syntax error: the sandbox has no ${found.name.replaceAll('_', ' ').toUpperCase()} here`,
      '42601',
    )
}

/** The parser's guards against texts that would take its stack. */
const TOO_DEEP = /E_GUARD_/
const notParsed = (message: string, tokens: readonly Token[]): RedshiftError =>
  TOO_DEEP.test(message)
    ? new RedshiftError('stack depth limit exceeded: the statement is nested too deeply', '54001')
    : new RedshiftError(syntaxError(message, tokens), '42601')

/** `CAST(x AS TEXT(3))` cuts to three bytes in Redshift; DuckDB takes no length. */
function cutTexts(sql: string): string {
  if (!/AS (TEXT|VARCHAR|CHAR)\s*\(/i.test(sql)) return sql
  const tokens = tokenize(sql, 'duckdb')
  const out: Token[] = []
  const open: number[] = []
  for (const token of tokens) {
    if (token.kind === 'symbol' && token.text === '(') open.push(out.length)
    out.push(token)
    if (token.kind !== 'symbol' || token.text !== ')') continue
    const start = open.pop() ?? 0
    const [as, type, paren, length] = out.slice(-6)
    const isCut = as?.value === 'as' && ['text', 'varchar', 'char'].includes(type?.value ?? '') && paren?.text === '('
    if (!isCut || length?.kind !== 'number' || out[start - 1]?.value !== 'cast') continue
    out.splice(-4, 3)
    out.splice(start - 1, 0, word('sluice_cut'), symbol('('))
    out.push(symbol(','), number(length.value), symbol(')'))
  }
  return toText(out)
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
    const before = tokens[at - 1]
    const called = token.kind === 'word' && tokens[at + 1]?.text === '('
    const own = token.kind === 'word' ? entryOf(called ? OWN_FUNCTIONS : OWN_WORDS, token.value) : undefined
    if (called && DATE_FUNCTIONS.has(token.value)) at = rewriteFormat(tokens, at, out)
    else if (called && token.value === 'to_number') at = rewriteToNumber(tokens, at, out)
    else if (called && token.value === 'ratio_to_report') at = rewriteRatio(tokens, at, out)
    else if (called && entryOf(PART_FIRST, token.value) !== undefined) at = rewriteDatePart(tokens, at, out)
    else if (own !== undefined && before?.text !== '.' && before?.value !== 'as')
      out.push(word(own), ...(called ? [] : [symbol('('), symbol(')')]))
    else if (token.kind === 'word' && NUMERIC.has(token.value) && !called && isTypePlace(before, out))
      out.push(token, symbol('('), number('18'), symbol(','), number('0'), symbol(')'))
    else if (token.kind === 'string' && before?.text === '~*') replaceOperator(out, token)
    else if (token.kind === 'string' && before?.value === 'to' && tokens[at - 2]?.value === 'similar') {
      const pattern = similarToRegex(token.value)
      out.push({ kind: 'string', text: quoteText(pattern), value: pattern })
    } else out.push(token)
  }
  return out
}

const number = (value: string): Token => ({ kind: 'number', text: value, value })
const NUMERIC = new Set(['numeric', 'decimal'])
/** `x::numeric` and `cast(x as numeric)` have no decimals in Redshift; DuckDB gives three. */
const isTypePlace = (before: Token | undefined, out: readonly Token[]): boolean =>
  before?.text === '::' || (before?.value === 'as' && out.some(token => token.value === 'cast'))

/** `a ~* 'p'` as `a ~ '(?i)p'`. */
function replaceOperator(out: Token[], pattern: Token): void {
  const negated = out.at(-1)?.text.startsWith('!')
  out.splice(-1, 1, symbol(negated ? '!~' : '~'))
  const value = `(?i)${pattern.value}`
  out.push({ kind: 'string', text: quoteText(value), value })
}

/** `ratio_to_report(x) over (w)` is a row's share of the window's sum. */
function rewriteRatio(tokens: readonly Token[], at: number, out: Token[]): number {
  const end = closing(tokens, at + 1)
  const inner = rewrite(tokens.slice(at + 2, end))
  if (tokens[end + 1]?.value !== 'over' || tokens[end + 2]?.text !== '(')
    throw new RedshiftError('window function ratio_to_report requires an OVER clause', '42P20')
  const windowEnd = closing(tokens, end + 2)
  const window = rewrite(tokens.slice(end + 2, windowEnd + 1))
  const share = [symbol('('), ...inner, symbol(')'), symbol('::'), word('float8'), symbol('/')]
  out.push(symbol('('), ...share, word('sum'), symbol('('), ...inner, symbol(')'), word('over'), ...window, symbol(')'))
  return windowEnd
}

/** `to_number(x, '99D9')`: as many decimals as the format has. */
function rewriteToNumber(tokens: readonly Token[], at: number, out: Token[]): number {
  const end = closing(tokens, at + 1)
  const format = tokens[end - 1]
  if (format?.kind !== 'string' || tokens[end - 2]?.text !== ',')
    throw new RedshiftError('the sandbox takes to_number with a literal format only', '0A000')
  const decimals = (/[.D]([09]*)/i.exec(format.value)?.[1] ?? '').length
  out.push(
    word('cast'),
    symbol('('),
    word('sluice_digits'),
    symbol('('),
    ...rewrite(tokens.slice(at + 2, end - 2)),
    symbol(')'),
  )
  out.push(
    word('as'),
    word('numeric'),
    symbol('('),
    number('38'),
    symbol(','),
    number(String(decimals)),
    symbol(')'),
    symbol(')'),
  )
  return end
}

/**
 * SIMILAR TO has the wildcards of LIKE and the alternatives, groups and repetitions of regular expressions; DuckDB's
 * has only the latter.
 */
const similarToRegex = (pattern: string): string =>
  pattern.replace(/[%_.^$]/g, char => (char === '%' ? '.*' : char === '_' ? '.' : `\\${char}`))

/** Functions whose first argument is a date part, as a word or as a text. */
const PART_FIRST: Record<string, string> = {
  datediff: 'sluice_datediff',
  date_diff: 'sluice_datediff',
  date_part: 'date_part',
  pgdate_part: 'date_part',
  date_trunc: 'date_trunc',
  dateadd: '',
  date_add: '',
}

/** `datediff(qtr, a, b)` with DuckDB's name of the part, as text; `dateadd` has a macro of its own for each part. */
function rewriteDatePart(tokens: readonly Token[], at: number, out: Token[]): number {
  const part = tokens[at + 2]
  const name = tokens[at]?.value ?? ''
  if (!part || tokens[at + 3]?.text !== ',')
    throw new RedshiftError(`function ${name}() needs a date part first`, '42601')
  const target = entryOf(PART_FIRST, name)
  if (target === '') {
    out.push(word(dateAddMacro(part.value)), symbol('('))
    return at + 3
  }
  const value = datePart(part.value)
  out.push(word(target ?? name), symbol('('), { kind: 'string', text: quoteText(value), value })
  return at + 2
}

/**
 * `to_char(x, 'YYYY')` as `strftime(x, '%Y')`, and likewise for reading; a format of numbers goes to a macro of ours.
 */
function rewriteFormat(tokens: readonly Token[], at: number, out: Token[]): number {
  const end = closing(tokens, at + 1)
  const literal = tokens[end - 1]
  const format = literal?.kind === 'string' && tokens[end - 2]?.text === ',' ? toStrftime(literal.value) : undefined
  const name = tokens[at]?.value
  const inner = rewrite(tokens.slice(at + 2, format === undefined ? end : end - 2))
  if (format === undefined && name === 'to_char') {
    if (literal?.kind !== 'string')
      throw new RedshiftError('the sandbox takes to_char with a literal format only', '0A000')
    const { integerDigits, zeros, decimals, grouping, compact } = parseNumberFormat(literal.value)
    const options = [integerDigits, zeros, decimals, grouping, compact].flatMap(value => [
      symbol(','),
      word(String(value)),
    ])
    out.push(word('sluice_number'), symbol('('), ...rewrite(tokens.slice(at + 2, end - 2)), ...options, symbol(')'))
    return end
  }
  if (format === undefined) {
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
