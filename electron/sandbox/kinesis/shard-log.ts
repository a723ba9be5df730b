import { openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { StateCare } from '../../../shared/state/damage.ts'
import type { Times } from '../../../shared/time/times.ts'
import { checkSegment } from './check-segment.ts'
import { type RecordIndex, recordIndex } from './record-index.ts'
import {
  appendToSegment,
  closeSegment,
  createSegment,
  cutTornEnd,
  removeSegment,
  SEGMENT_BYTES,
  type Segment,
} from './segment.ts'
import { encodeLines, type NewRecord, readLines } from './stored-line.ts'

/*
 * The records of one shard, on disk as GetRecords sends them (stored-line.ts), so that a read is one copy of a range of
 * a file. A record is written before it is acknowledged. That survives a kill of the process (the system has the
 * bytes), not a power cut: there is no fsync, as this is a sandbox. A line without its end, left by a kill in the
 * middle of a write, was never acknowledged: it is passed over, and cut off by the next append. What one append wrote
 * has a checksum in a file beside the segment (segment-sums.ts), which is checked when the log is opened.
 */

/** Bytes before and after the lines of a read. */
export const LINES_ROOM = 2048
const SEGMENT = /^(.+\.jsonl)(\.sums)?$/

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

/** A log that is open: its files, and what is known of their records. */
interface OpenLog {
  dir: string
  shardId: string
  prefix: string
  index: RecordIndex
  /** Oldest first. Retention removes whole ones. */
  segments: Segment[]
}

/**
 * Opens the log of a shard, or makes it. `prefix` is that of its sequence numbers.
 * @throws DamagedState
 */
export function openShardLog(dir: string, shardId: string, prefix: string, care: StateCare): ShardLog {
  const log: OpenLog = { dir, shardId, prefix, index: recordIndex(), segments: [] }
  for (const file of segmentFiles(dir, shardId)) loadSegment(log, file, care)
  const { index, segments } = log
  return {
    get end() {
      return index.end
    },
    get first() {
      return index.first
    },
    append: (records, arrivedMs, monotonicMs = Number.NaN) => append(log, records, arrivedMs, monotonicMs),
    read: (place, limit, maxBytes) => read(log, place, limit, maxBytes),
    arrivalAt: place => index.arrivalOf(place),
    ageAt: (place, times) => ageOf(index, place, times),
    placeAt: arrivedMs => index.placeAt(arrivedMs),
    sizeOf: (from, to) => index.sizeBefore(Math.max(from, to)) - index.sizeBefore(from),
    trimPlace: beforeMs => segmentOf(log, index.placeAt(beforeMs))?.firstPlace ?? index.first,
    dropBefore: place => dropBefore(log, place),
    close: () => segments.forEach(closeSegment),
    remove: () => segments.forEach(removeSegment),
  }
}

/** The files of a shard's segments, oldest first. One that is missing is known by its checksums. */
function segmentFiles(dir: string, shardId: string): string[] {
  const names = readdirSync(dir).flatMap(name =>
    name.startsWith(`${shardId}.`) ? (SEGMENT.exec(name)?.[1] ?? []) : [],
  )
  return [...new Set(names)].sort()
}

function loadSegment({ dir, shardId, prefix, index, segments }: OpenLog, file: string, care: StateCare): void {
  const path = join(dir, file)
  const firstPlace = Number(file.slice(shardId.length + 1).split('.')[0])
  if (segments.length === 0) index.beginAt(firstPlace)
  const checked = checkSegment({ path, shardId, prefix, firstPlace, expectedPlace: index.end, care })
  const { bytes, sums, hasTornEnd } = checked
  readLines(bytes, (offset, arrivedMs, sizeBytes) => index.add(offset, arrivedMs, Number.NaN, sizeBytes))
  segments.push({ path, fd: openSync(path, 'a+'), sums, length: bytes.length, hasTornEnd, firstPlace })
}

function append(
  { dir, shardId, prefix, index, segments }: OpenLog,
  records: readonly NewRecord[],
  nowMs: number,
  monotonicMs: number,
): number {
  const place = index.end
  // Time never falls in a shard, whatever the clock does: AT_TIMESTAMP searches by it.
  const arrivedMs = Math.max(nowMs, place > index.first ? index.arrivalOf(place - 1) : 0)
  const { bytes, ends } = encodeLines(records, { prefix, place, arrivedMs })
  let segment = segments.at(-1)
  if (segment) cutTornEnd(segment)
  if (!segment || segment.length + bytes.length > SEGMENT_BYTES) {
    segment = createSegment(join(dir, `${shardId}.${String(place).padStart(15, '0')}.jsonl`), place)
    segments.push(segment)
  }
  const at = segment.length
  appendToSegment(segment, bytes, records.length)
  records.forEach((record, order) => {
    index.add(at + (order === 0 ? 0 : (ends[order - 1] ?? 0)), arrivedMs, monotonicMs, record.sizeBytes)
  })
  return place
}

function read(log: OpenLog, place: number, limit: number, maxBytes: number): ReturnType<ShardLog['read']> {
  const { index, segments } = log
  const start = Math.max(place, index.first)
  const segment = segmentOf(log, start)
  if (!segment || start >= index.end) return { ...withRoom(0), nextPlace: start, sizeBytes: 0 }
  const end = segments[segments.indexOf(segment) + 1]?.firstPlace ?? index.end
  const nextPlace = Math.max(start + 1, Math.min(end, start + limit, index.placeBeyond(start, maxBytes)))
  const from = index.offsetOf(start)
  const to = nextPlace === end ? segment.length : index.offsetOf(nextPlace)
  const { whole, lines } = withRoom(to - from)
  readSync(segment.fd, lines, 0, lines.length, from)
  return { whole, lines, nextPlace, sizeBytes: index.sizeBefore(nextPlace) - index.sizeBefore(start) }
}

const segmentOf = ({ segments }: OpenLog, place: number) => segments.findLast(segment => segment.firstPlace <= place)

function withRoom(lengthBytes: number): { whole: Buffer; lines: Buffer } {
  const whole = Buffer.allocUnsafe(lengthBytes + 2 * LINES_ROOM)
  return { whole, lines: whole.subarray(LINES_ROOM, LINES_ROOM + lengthBytes) }
}

function ageOf(index: RecordIndex, place: number, times: Times): number {
  const receivedMs = index.receivedOf(place)
  const ageMs = Number.isNaN(receivedMs)
    ? times.now() - index.arrivalOf(place)
    : Math.round(times.monotonic() - receivedMs)
  return Math.max(0, ageMs)
}

function dropBefore({ index, segments }: OpenLog, place: number): void {
  for (let [oldest, next] = segments; oldest && next && next.firstPlace <= place; [oldest, next] = segments) {
    index.dropBefore(next.firstPlace)
    removeSegment(oldest)
    segments.shift()
  }
}
