/*
 * The format of the AWS CLI's files as the CLI itself reads it: Python's `configparser.RawConfigParser` with its
 * defaults, and what botocore's `configloader.raw_config_parse` makes of indented lines. A file that it refuses is
 * refused whole, here with every line that is wrong.
 */

/** A value, and on which line of its file it begins, from 1 on. */
export interface IniValue {
  /** A text, or the keys of an indented block. */
  value: string | ReadonlyMap<string, string>
  line: number
}
export interface IniSection {
  /** Keys in lower case. */
  values: ReadonlyMap<string, IniValue>
  line: number
}
/** Sections by the name between the brackets, in the order of the file. */
export type Ini = ReadonlyMap<string, IniSection>

/** What is wrong with a file, and where; the line is undefined where it is the whole file. */
export interface IniFault {
  line: number | undefined
  message: string
}

/** A file that the AWS CLI does not read. */
export class IniRefused extends Error {
  readonly faults: readonly IniFault[]
  constructor(faults: readonly IniFault[]) {
    super(faults.map(fault => fault.message).join(' '))
    this.faults = faults
  }
}

/** What Python's `str.isspace()` says yes to, and `\s` of its `re`: a byte order mark is none, U+001C is one. */
const BLANK = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const BLANKS_AROUND = new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, 'gu')
const BLANKS_BEHIND = new RegExp(`[${BLANK}]+$`, 'u')
const INDENT = new RegExp(`^[${BLANK}]*`, 'u')
const SECTION = /^\[([^\n]+)\]/u
const OPTION = new RegExp(`^([^\\n]*?)[${BLANK}]*[=:][${BLANK}]*([^\\n]*)$`, 'u')
/** The line ends of Python's `str.splitlines()`. */
const LINE_ENDS = '\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029'
const ANY_LINE_END = new RegExp(`\\r\\n|[${LINE_ENDS}]`, 'u')
/** Its keys are those of every section. */
const DEFAULTS = 'DEFAULT'

const strip = (text: string): string => text.replace(BLANKS_AROUND, '')

/** @throws IniRefused */
export function parseIni(bytes: Uint8Array): Ini {
  const draft = new Draft()
  decodeLines(bytes).forEach((line, index) => void draft.take(line, index + 1))
  return draft.finish()
}

interface DraftValue {
  lines: { text: string; line: number }[]
}
interface DraftSection {
  values: Map<string, DraftValue>
  line: number
}

class Draft {
  readonly #sections = new Map<string, DraftSection>()
  readonly #defaults: DraftSection = { values: new Map(), line: 0 }
  readonly #faults: IniFault[] = []
  #section: DraftSection | undefined
  #value: DraftValue | undefined
  #indent = 0

  take(line: string, number: number): void {
    const text = strip(line)
    if (text.startsWith('#') || text.startsWith(';')) return
    if (text === '') {
      this.#value?.lines.push({ text, line: number })
      return
    }
    const indent = INDENT.exec(line)?.[0].length ?? 0
    if (this.#value && indent > this.#indent) {
      this.#value.lines.push({ text, line: number })
      return
    }
    this.#indent = indent
    const header = SECTION.exec(text)?.[1]
    if (header !== undefined) this.#begin(header, number)
    else this.#option(text, number)
  }

  #begin(name: string, line: number): void {
    this.#value = undefined
    if (name === DEFAULTS) {
      this.#section = this.#defaults
      return
    }
    const before = this.#sections.get(name)
    if (before)
      this.#refuse(line, `The section [${name}] is there twice: it begins on line ${before.line}, and again here.`)
    this.#section = { values: new Map(), line }
    this.#sections.set(name, this.#section)
  }

  #option(text: string, line: number): void {
    if (!this.#section) this.#refuse(line, `Before the first section there is ${shown(text)}.`)
    const found = OPTION.exec(text)
    if (!found) {
      this.#faults.push({ line, message: faultOf(text) })
      // What follows belongs to it, and not to the section before: it is no fault of its own.
      if (text.startsWith('[')) this.#section = { values: new Map(), line }
      return
    }
    const [, name = '', value = ''] = found
    if (name === '') this.#faults.push({ line, message: `There is no key before the ${text.slice(0, 1)}.` })
    const key = name.toLowerCase()
    const before = this.#section.values.get(key)
    if (before) this.#refuse(line, `The key ${key} is there twice: on line ${before.lines[0]?.line}, and again here.`)
    const draft = { lines: [{ text: value, line }] }
    this.#section.values.set(key, draft)
    // A key of no characters takes no lines of its own.
    this.#value = key === '' ? undefined : draft
  }

  /** @throws IniRefused: the CLI reads no further */
  #refuse(line: number, message: string): never {
    throw new IniRefused([...this.#faults, { line, message }])
  }

  finish(): Ini {
    if (this.#faults.length > 0) throw new IniRefused(this.#faults)
    const sections = new Map<string, IniSection>()
    for (const [name, { values, line }] of this.#sections) {
      const all = [...values, ...[...this.#defaults.values].filter(([key]) => !values.has(key))]
      sections.set(name, { line, values: new Map(all.map(([key, draft]) => [key, finished(draft)])) })
    }
    return sections
  }
}

/** @throws IniRefused for a line of an indented block that is no `key = value` */
function finished({ lines }: DraftValue): IniValue {
  const line = lines[0]?.line ?? 0
  const joined = lines
    .map(({ text }) => text)
    .join('\n')
    .replace(BLANKS_BEHIND, '')
  return { line, value: joined.startsWith('\n') ? nested(lines) : joined }
}

function nested(lines: DraftValue['lines']): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const { text, line } of lines)
    for (const part of text.split(ANY_LINE_END).map(strip)) {
      if (part === '') continue
      const at = part.indexOf('=')
      if (at < 0) throw new IniRefused([{ line, message: `An indented block has ${shown(part)}, without a "=".` }])
      values.set(strip(part.slice(0, at)), strip(part.slice(at + 1)))
    }
  return values
}

const faultOf = (text: string): string =>
  text.startsWith('[') ? `The section ${shown(text)} has no "]".` : `There is no "=" in ${shown(text)}.`

/** The beginning of a line, for a message; a secret that stands alone on a line is not told. */
function shown(text: string): string {
  const word = text.length > 40 ? `${text.slice(0, 40)}…` : text
  return /^[\w+/=-]{16,}/u.test(text) ? `a line of ${text.length} characters` : JSON.stringify(word)
}

/** The lines of a file in UTF-8. Python opens it as text: each way to end a line is one. @throws IniRefused */
function decodeLines(bytes: Uint8Array): string[] {
  const encoding = otherEncoding(bytes)
  if (encoding !== undefined) throw new IniRefused([{ line: undefined, message: encoding }])
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const lines: string[] = []
  for (let start = 0; start < bytes.length; ) {
    let end = start
    while (end < bytes.length && bytes[end] !== 0x0a && bytes[end] !== 0x0d) end++
    try {
      lines.push(decoder.decode(bytes.subarray(start, end)))
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      throw new IniRefused([{ line: lines.length + 1, message: 'It has bytes that are no UTF-8.' }])
    }
    start = bytes[end] === 0x0d && bytes[end + 1] === 0x0a ? end + 2 : end + 1
  }
  return lines
}

function otherEncoding(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf)
    return 'It begins with a byte order mark, which the AWS CLI does not read: save it as UTF-8 without one.'
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return 'It is UTF-16, which the AWS CLI does not read: save it as UTF-8.'
  return undefined
}
