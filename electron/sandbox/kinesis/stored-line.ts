import { sequenceAt } from './sequence-number.ts'

/*
 * The records of a shard lie on disk in the very form in which GetRecords sends them, a line each:
 * ,{"ApproximateArrivalTimestamp":1763670000.123,"SequenceNumber":"<56
 * digits>","Data":"<base64>","PartitionKey":"..."}\n
 */

/** What is appended: base64 of the data, and both sizes in bytes. */
export interface NewRecord {
  data: string
  partitionKey: string
  /** Data and partition key, as Kinesis counts a record. */
  sizeBytes: number
}

/** Lines begin with this, then 14 characters of time. */
const TIME_AT = ',{"ApproximateArrivalTimestamp":'.length
const TIME_LENGTH = 14
/** The data begins here: after the time, `,"SequenceNumber":"`, 56 digits and `","Data":"`. */
const DATA_AT = TIME_AT + TIME_LENGTH + ',"SequenceNumber":"'.length + 56 + '","Data":"'.length
const NEWLINE = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const EQUALS_SIGN = 0x3d

/** The lines of records that follow each other from a place on, and where each of them ends in the bytes. */
export function encodeLines(
  records: readonly NewRecord[],
  { prefix, place, arrivedMs }: { prefix: string; place: number; arrivedMs: number },
): { bytes: Buffer; ends: number[] } {
  const time = (arrivedMs / 1000).toFixed(3)
  let text = ''
  const ends: number[] = []
  let multibyte = 0
  records.forEach((record, order) => {
    const key = JSON.stringify(record.partitionKey)
    multibyte += Buffer.byteLength(key) - key.length
    const sequence = sequenceAt(prefix, place + order)
    text += `,{"ApproximateArrivalTimestamp":${time},"SequenceNumber":"${sequence}",`
    text += `"Data":"${record.data}","PartitionKey":${key}}\n`
    ends.push(text.length + multibyte)
  })
  return { bytes: Buffer.from(text), ends }
}

/** Visits each whole line: where it begins, when its record arrived, epoch ms, and its data and key bytes. */
export function readLines(bytes: Buffer, visit: (offset: number, arrivedMs: number, sizeBytes: number) => void): void {
  let at = 0
  let lastAt = 0
  let arrivedMs = Number.NaN
  for (let end = bytes.indexOf(NEWLINE, at); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
    // Records that came together have the same time: it is read once for all of them.
    if (at === 0 || !sameTime(bytes, lastAt, at))
      arrivedMs = Math.round(Number(bytes.toString('latin1', at + TIME_AT, at + TIME_AT + TIME_LENGTH)) * 1000)
    visit(at, arrivedMs, sizeOfLine(bytes, at, end))
    lastAt = at
    at = end + 1
  }
}

const sameTime = (bytes: Buffer, one: number, other: number): boolean =>
  bytes.compare(bytes, one + TIME_AT, one + TIME_AT + TIME_LENGTH, other + TIME_AT, other + TIME_AT + TIME_LENGTH) === 0

/** Data and key bytes of the stored line in [start, end). */
function sizeOfLine(bytes: Buffer, start: number, end: number): number {
  const dataEnd = bytes.indexOf(QUOTE, start + DATA_AT)
  const padding = bytes[dataEnd - 2] === EQUALS_SIGN ? 2 : bytes[dataEnd - 1] === EQUALS_SIGN ? 1 : 0
  const dataBytes = ((dataEnd - start - DATA_AT) / 4) * 3 - padding
  const keyStart = dataEnd + '","PartitionKey":"'.length
  const keyEnd = end - '"}'.length
  for (let at = keyStart; at < keyEnd; at++) {
    if (bytes[at] === BACKSLASH)
      return dataBytes + Buffer.byteLength(JSON.parse(bytes.toString('utf8', keyStart - 1, keyEnd + 1)) as string)
  }
  return dataBytes + keyEnd - keyStart
}
