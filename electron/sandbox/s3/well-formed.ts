import { s3Error } from './s3-error.ts'

/*
 * What XML 1.0 (fifth edition) asks of a document, which parsers for JavaScript let pass: characters, references, one
 * root, tags and attributes. A document type and processing instructions are refused, as no client of S3 sends them.
 * Each character is read once, whatever the document is.
 */

/** No document of S3 nests deeper than some ten elements; the parser goes down by recursion. */
const MAX_DEPTH = 100
/** All but those of section 2.2, "Char". */
const NO_CHAR = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const DECLARATION = new RegExp(
  String.raw`^<\?xml\s+version\s*=\s*["']1\.\d+["'](?:\s+encoding\s*=\s*["'](?:utf-?8|us-ascii)["'])?` +
    String.raw`(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>`,
  'i',
)
const NAME = '[\\p{L}_:][\\p{L}\\p{M}\\p{N}_:.\\u00b7-]*'
const TAG = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^<"]*"|'[^<']*'))*)\\s*(/?)>`, 'uy')
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*("[^"]*"|'[^']*')`, 'gu')
const AMPERSAND = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));|&/g

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * A document without its declaration and comments, its CDATA sections as text.
 * @throws AwsError `MalformedXML`
 */
export function checkWellFormed(document: string): string {
  const text = document.replace(/^\ufeff/, '')
  if (NO_CHAR.test(text)) throw s3Error('MalformedXML')
  const pieces: string[] = []
  const open: string[] = []
  let roots = 0
  let at = DECLARATION.exec(text)?.[0].length ?? 0
  while (at < text.length) {
    const markup = text.indexOf('<', at)
    const end = markup < 0 ? text.length : markup
    pieces.push(checkText(text.slice(at, end), open.length > 0))
    at = end
    if (markup < 0) break
    if (text.startsWith('<!--', at)) at = behindComment(text, at)
    else if (text.startsWith('<![CDATA[', at)) {
      const close = endOf(text, ']]>', at)
      if (open.length === 0) throw s3Error('MalformedXML')
      pieces.push(text.slice(at + '<![CDATA['.length, close).replace(/[&<>]/g, char => `&#${char.charCodeAt(0)};`))
      at = close + ']]>'.length
    } else {
      TAG.lastIndex = at
      const [tag, end, name = '', attributes = '', empty] = TAG.exec(text) ?? []
      if (tag === undefined) throw s3Error('MalformedXML')
      if (end) {
        if (attributes !== '' || empty || open.pop() !== name) throw s3Error('MalformedXML')
      } else {
        checkAttributes(attributes)
        if (open.length === 0) roots++
        if (!empty) open.push(name)
        if (open.length > MAX_DEPTH) throw s3Error('MalformedXML')
      }
      pieces.push(tag)
      at += tag.length
    }
  }
  if (open.length > 0 || roots !== 1) throw s3Error('MalformedXML')
  return pieces.join('')
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  if (found < 0) throw s3Error('MalformedXML')
  return found
}

/** Two hyphens end a comment, and nothing else may follow them. */
function behindComment(text: string, at: number): number {
  const close = endOf(text, '--', at + '<!--'.length)
  if (text[close + 2] !== '>') throw s3Error('MalformedXML')
  return close + '-->'.length
}

function checkText(text: string, isInside: boolean): string {
  if (!isInside && /[^\t\n\r ]/.test(text)) throw s3Error('MalformedXML')
  if (text.includes(']]>')) throw s3Error('MalformedXML')
  replaceReferences(text)
  return text
}

function checkAttributes(attributes: string): void {
  const names = new Set<string>()
  for (const [, name = '', value = ''] of attributes.matchAll(ATTRIBUTE)) {
    if (names.has(name)) throw s3Error('MalformedXML')
    names.add(name)
    replaceReferences(value)
  }
}

/**
 * Text with the characters that its references name. @throws AwsError `MalformedXML` for one that names none, or an
 * ampersand alone
 */
export function replaceReferences(text: string): string {
  return text.replace(AMPERSAND, (_whole, name, decimal, hexadecimal) => {
    if (name !== undefined) return NAMED[name] ?? ''
    const point = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
    const char = point <= 0x10ffff ? String.fromCodePoint(point) : ''
    if (char === '' || NO_CHAR.test(char)) throw s3Error('MalformedXML')
    return char
  })
}
