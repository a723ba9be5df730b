import { closeSync, ftruncateSync, openSync, readdirSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { StateCare } from '../../../shared/state/damage.ts'
import type { Times } from '../../../shared/time/times.ts'
import { checkSegment } from './check-segment.ts'
import { growingNumbers, lowerBound } from './growing-numbers.ts'
import { openSegmentSums, type SegmentSums } from './segment-sums.ts'
import { sequenceAt } from './sequence-number.ts'

/*
 * The records of one shard, on disk in the very form in which GetRecords sends them, so that a read is one copy of a
 * range of a file:
 *   ,{"ApproximateArrivalTimestamp":1763670000.123,"SequenceNumber":"<56 digits>","Data":"<base64>","PartitionKey":"..."}\n
 * A record is written before it is acknowledged. That survives a kill of the process (the system has the bytes), not a
 * power cut: there is no fsync, as this is a sandbox. A line without its end, left by a kill in the middle of a write,
 * was never acknowledged and is cut off. What one append wrote has a checksum in a file beside the segment
 * (segment-sums.ts), which is checked when the log is opened.
 */

/** Lines begin with this, then 14 characters of time. */
const TIME_AT = ',{"ApproximateArrivalTimestamp":'.length
const TIME_LENGTH = 14
/** The data begins here: after the time, `,"SequenceNumber":"`, 56 digits and `","Data":"`. */
const DATA_AT = TIME_AT + TIME_LENGTH + ',"SequenceNumber":"'.length + 56 + '","Data":"'.length
const NEWLINE = 0x0a
const QUOTE = 0x22
const SEGMENT = /^(.+\.jsonl)(\.sums)?$/
const BACKSLASH = 0x5c
const EQUALS_SIGN = 0x3d
/** A segment that reached this length is followed by a new one; retention removes whole segments. */
const SEGMENT_BYTES = 64 * 1024 * 1024
/** Bytes before and after the lines of a read. */
export const LINES_ROOM = 2048

/** What is appended: base64 of the data, and both sizes in bytes. */
export interface NewRecord {
  data: string
  partitionKey: string
  /** Data and partition key, as Kinesis counts a record. */
  sizeBytes: number
}

interface Segment {
  file: string
  fd: number
  sums: SegmentSums
  length: number
  /** The place of its first record. */
  firstPlace: number
}

export interface ShardLog {
  /** The place after the last record: how many were ever appended. */
  readonly end: number
  /** The first place that is still there. */
  readonly first: number
  /**
   * Writes records, in order, at one arrival time, wall and monotonic. Returns the sequence number of the first; the
   * others follow by one.
   */
  append(records: readonly NewRecord[], arrivedMs: number, monotonicMs?: number): number
  /**
   * The stored lines from `place` on: at most `limit` records and `maxBytes`, at least one if there is one. `lines`
   * lies in the middle of `whole`, with LINES_ROOM bytes before and after it, so that a reply can be written around it
   * without a copy.
   */
  read(
    place: number,
    limit: number,
    maxBytes: number,
  ): { whole: Buffer; lines: Buffer; nextPlace: number; sizeBytes: number }
  /** When the record at a place arrived, epoch ms. */
  arrivalAt(place: number): number
  /** How long ago the record at a place arrived: of what came to this process, whatever the wall clock did since. */
  ageAt(place: number, times: Times): number
  /** The first place that arrived at this time or later. */
  placeAt(arrivedMs: number): number
  /** Data and key bytes of the records in [from, to). */
  sizeOf(from: number, to: number): number
  /** The place before which all segments hold only records that arrived before this time. */
  trimPlace(beforeMs: number): number
  /** Removes the segments that end at or before a place. */
  dropBefore(place: number): void
  close(): void
  remove(): void
}

/**
 * Opens the log of a shard, or makes it. `prefix` is that of its sequence numbers.
 * @throws DamagedState
 */
export function openShardLog(dir: string, shardId: string, prefix: string, care: StateCare): ShardLog {
  const offsets = growingNumbers()
  const arrivals = growingNumbers()
  /** When they arrived, by the monotonic clock; NaN for what an earlier process received. */
  const received = growingNumbers()
  /** Bytes of all records before and including this one, since the first that was ever indexed here. */
  const sizes = growingNumbers()
  let sizeBefore = 0
  const segments: Segment[] = []
  // A segment that is missing is known by its checksums.
  const names = readdirSync(dir).flatMap(name =>
    name.startsWith(`${shardId}.`) ? (SEGMENT.exec(name)?.[1] ?? []) : [],
  )
  for (const file of [...new Set(names)].sort()) load(file)
  let first = segments[0]?.firstPlace ?? 0

  function load(file: string): void {
    const firstPlace = Number(file.slice(shardId.length + 1).split('.')[0])
    const expectedPlace = segments.length === 0 ? firstPlace : (segments[0]?.firstPlace ?? 0) + offsets.length
    const { bytes, sums } = checkSegment({ path: join(dir, file), shardId, prefix, firstPlace, expectedPlace, care })
    let at = 0
    let lastAt = 0
    let arrivedMs = Number.NaN
    for (let end = bytes.indexOf(NEWLINE, at); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      // Records that came together have the same time: it is read once for all of them.
      const sameTime =
        at > 0 &&
        bytes.compare(
          bytes,
          lastAt + TIME_AT,
          lastAt + TIME_AT + TIME_LENGTH,
          at + TIME_AT,
          at + TIME_AT + TIME_LENGTH,
        ) === 0
      if (!sameTime)
        arrivedMs = Math.round(Number(bytes.toString('latin1', at + TIME_AT, at + TIME_AT + TIME_LENGTH)) * 1000)
      index(at, arrivedMs, Number.NaN, sizeOfLine(bytes, at, end))
      lastAt = at
      at = end + 1
    }
    segments.push({ file, fd: openSync(join(dir, file), 'a+'), sums, length: at, firstPlace })
  }

  function index(offset: number, arrivedMs: number, monotonicMs: number, sizeBytes: number): void {
    offsets.push(offset)
    arrivals.push(arrivedMs)
    received.push(monotonicMs)
    sizes.push((sizes.length > 0 ? sizes.at(sizes.length - 1) : sizeBefore) + sizeBytes)
  }

  const endPlace = () => first + offsets.length
  const sizeUpTo = (place: number) => (place <= first ? sizeBefore : sizes.at(place - first - 1))

  function segmentFor(length: number): Segment {
    const last = segments.at(-1)
    if (last && last.length + length <= SEGMENT_BYTES) return last
    const file = `${shardId}.${String(endPlace()).padStart(15, '0')}.jsonl`
    const path = join(dir, file)
    const segment = { file, fd: openSync(path, 'a+'), sums: openSegmentSums(path), length: 0, firstPlace: endPlace() }
    segments.push(segment)
    return segment
  }

  const segmentOf = (place: number) => segments.findLast(segment => segment.firstPlace <= place)

  return {
    get end() {
      return endPlace()
    },
    get first() {
      return first
    },
    append(records, arrivedMs, monotonicMs = Number.NaN) {
      const place = endPlace()
      // Time never falls in a shard, whatever the clock does: AT_TIMESTAMP searches by it.
      const arrived = Math.max(arrivedMs, arrivals.length > 0 ? arrivals.at(arrivals.length - 1) : 0)
      const time = (arrived / 1000).toFixed(3)
      let text = ''
      const ends: number[] = []
      let multibyte = 0
      records.forEach((record, order) => {
        const key = JSON.stringify(record.partitionKey)
        multibyte += Buffer.byteLength(key) - key.length
        text += `,{"ApproximateArrivalTimestamp":${time},"SequenceNumber":"${sequenceAt(prefix, place + order)}","Data":"${record.data}","PartitionKey":${key}}\n`
        ends.push(text.length + multibyte)
      })
      const bytes = Buffer.from(text)
      const segment = segmentFor(bytes.length)
      writeWhole(segment, bytes, records.length)
      records.forEach((record, order) => {
        index(segment.length + (order === 0 ? 0 : (ends[order - 1] ?? 0)), arrived, monotonicMs, record.sizeBytes)
      })
      segment.length += bytes.length
      return place
    },
    read(place, limit, maxBytes) {
      const start = Math.max(place, first)
      const segment = segmentOf(start)
      if (!segment || start >= endPlace()) return { ...withRoom(0), nextPlace: start, sizeBytes: 0 }
      const next = segments[segments.indexOf(segment) + 1]
      const last = Math.min(next?.firstPlace ?? endPlace(), start + limit)
      const fits = lowerBound(sizes, sizeUpTo(start) + maxBytes + 1) + first
      const nextPlace = Math.max(start + 1, Math.min(last, fits))
      const from = offsets.at(start - first)
      const to = nextPlace === (next?.firstPlace ?? endPlace()) ? segment.length : offsets.at(nextPlace - first)
      const { whole, lines } = withRoom(to - from)
      readSync(segment.fd, lines, 0, lines.length, from)
      return { whole, lines, nextPlace, sizeBytes: sizeUpTo(nextPlace) - sizeUpTo(start) }
    },
    arrivalAt: place => arrivals.at(place - first),
    ageAt(place, times) {
      const receivedMs = received.at(place - first)
      return Math.max(
        0,
        Number.isNaN(receivedMs)
          ? times.now() - arrivals.at(place - first)
          : Math.round(times.monotonic() - receivedMs),
      )
    },
    placeAt: arrivedMs => first + lowerBound(arrivals, arrivedMs),
    sizeOf: (from, to) => sizeUpTo(Math.max(from, to)) - sizeUpTo(from),
    trimPlace(beforeMs) {
      const wanted = first + lowerBound(arrivals, beforeMs)
      return segments.findLast(segment => segment.firstPlace <= wanted)?.firstPlace ?? first
    },
    dropBefore(place) {
      for (let [oldest, next] = segments; oldest && next && next.firstPlace <= place; [oldest, next] = segments) {
        sizeBefore = sizeUpTo(next.firstPlace)
        for (const numbers of [offsets, arrivals, received, sizes]) numbers.dropFirst(next.firstPlace - first)
        first = next.firstPlace
        drop(oldest)
        segments.shift()
      }
    },
    close() {
      for (const { fd, sums } of segments) {
        closeSync(fd)
        sums.close()
      }
    },
    remove: () => segments.forEach(drop),
  }

  function drop(segment: Segment): void {
    closeSync(segment.fd)
    // First the checksums: without their segment they would say that it is missing.
    segment.sums.remove()
    unlinkSync(join(dir, segment.file))
  }
}

function withRoom(lengthBytes: number): { whole: Buffer; lines: Buffer } {
  const whole = Buffer.allocUnsafe(lengthBytes + 2 * LINES_ROOM)
  return { whole, lines: whole.subarray(LINES_ROOM, LINES_ROOM + lengthBytes) }
}

/**
 * All of it with its checksum, or nothing: a full disk may take half, and the next record must not be glued to that.
 */
function writeWhole({ fd, sums, length }: Segment, bytes: Buffer, records: number): void {
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
    sums.add(bytes, records)
  } catch (error) {
    ftruncateSync(fd, length)
    throw error
  }
}

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
