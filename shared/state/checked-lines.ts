import { crc32 } from 'node:zlib'

/*
 * The text of a file of lines in which damage is seen:
 *   # sluice lines 1
 *   <CRC-32 of the rest, 8 hex digits> <number of the line, from 1> <JSON>
 * The checksum finds a changed byte, the number finds lines that are missing between others. Files of older versions
 * are JSON alone, a line each.
 */

export const HEADER = '# sluice lines 1'
const HEADER_LINE = Buffer.from(`${HEADER}\n`)
const NEWLINE = 0x0a
const LINE = /^([0-9a-f]{8}) (([1-9]\d{0,15}) ([\s\S]*))$/

export interface CheckedLines {
  /** `plain` is that of older versions; `empty` is a file without a byte. */
  format: 'checked' | 'plain' | 'empty'
  /** The JSON of each line that is as it was written. */
  texts: string[]
  /** The number that the next line gets. */
  nextNumber: number
  /** Where the whole lines end; behind it is the beginning of a line that was never finished. */
  wholeBytes: number
  sizeBytes: number
  /** What is wrong, in words; undefined when nothing is. */
  damage: string | undefined
}

const checksumOf = (rest: string | Uint8Array): string => crc32(rest).toString(16).padStart(8, '0')

/** A line with its end. */
export function encodeLine(json: string, number: number): string {
  const rest = `${number} ${json}`
  return `${checksumOf(rest)} ${rest}\n`
}

/** A whole file of these lines. */
export const encodeLines = (jsons: readonly string[]): string =>
  `${HEADER}\n${jsons.map((json, index) => encodeLine(json, index + 1)).join('')}`

/** Reads the bytes of a file. A last line without its end is left out, as a kill left it. */
export function decodeLines(bytes: Buffer): CheckedLines {
  if (bytes.length === 0)
    return {
      format: 'empty',
      texts: [],
      nextNumber: 1,
      wholeBytes: 0,
      sizeBytes: 0,
      damage: 'it is empty, and it never was when it was written',
    }
  const first = bytes[0]
  return first === 0x7b || first === 0x5b ? decodePlain(bytes) : decodeChecked(bytes)
}

function decodeChecked(bytes: Buffer): CheckedLines {
  const texts: string[] = []
  const bad: string[] = []
  const hasHeader = bytes.subarray(0, HEADER_LINE.length).equals(HEADER_LINE)
  if (!hasHeader) bad.push('its first line is not the one that it was written with')
  let at = hasHeader ? HEADER_LINE.length : bytes.indexOf(NEWLINE) + 1
  let expected = 1
  let wholeBytes = at
  for (let line = 2; at < bytes.length; line++) {
    const found = bytes.indexOf(NEWLINE, at)
    const end = found < 0 ? bytes.length : found
    // What has no end was never finished, unless only its end was changed.
    const read =
      readLine(bytes.toString('utf8', at, end)) ??
      (found < 0 ? readLine(bytes.toString('utf8', at, end - 1)) : undefined)
    if (found < 0 && !read) break
    if (found < 0) bad.push(`line ${line} has lost its end`)
    if (read) {
      if (read.number > expected) bad.push(`${read.number - expected} lines are missing before line ${line}`)
      if (read.number < expected) bad.push(`line ${line} is not in its place`)
      texts.push(read.json)
      expected = read.number + 1
    } else {
      bad.push(`line ${line} does not match its checksum`)
      expected++
    }
    at = end + 1
    wholeBytes = at
  }
  return {
    format: 'checked',
    texts,
    nextNumber: expected,
    wholeBytes: Math.min(wholeBytes, bytes.length),
    sizeBytes: bytes.length,
    damage: summary(bad),
  }
}

function readLine(line: string): { number: number; json: string } | undefined {
  const [, checksum, rest, number, json] = LINE.exec(line) ?? []
  if (rest === undefined || json === undefined || checksumOf(rest) !== checksum) return undefined
  return { number: Number(number), json }
}

function decodePlain(bytes: Buffer): CheckedLines {
  const wholeBytes = bytes.lastIndexOf(NEWLINE) + 1
  const lines = bytes.toString('utf8', 0, wholeBytes).split('\n').slice(0, -1)
  const rest = bytes.toString('utf8', wholeBytes)
  // A file that is one JSON value had no end of line.
  if (wholeBytes === 0 && isJson(rest))
    return {
      format: 'plain',
      texts: [rest],
      nextNumber: 2,
      wholeBytes: bytes.length,
      sizeBytes: bytes.length,
      damage: undefined,
    }
  const texts = lines.filter(isJson)
  const bad = lines.flatMap((line, index) => (line === '' || isJson(line) ? [] : [`line ${index + 1} is not JSON`]))
  return {
    format: 'plain',
    texts,
    nextNumber: texts.length + 1,
    wholeBytes,
    sizeBytes: bytes.length,
    damage: summary(bad),
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

const SHOWN = 3
function summary(bad: readonly string[]): string | undefined {
  if (bad.length === 0) return undefined
  const more = bad.length > SHOWN ? `, and ${bad.length - SHOWN} more` : ''
  return `${bad.slice(0, SHOWN).join(', ')}${more}`
}
