import { existsSync, readFileSync } from 'node:fs'
import { type Damage, DamagedState, renameDamaged, reportDamage, type StateCare } from '../../../shared/state/damage.ts'
import { clearPlace } from '../../../shared/state/file-place.ts'
import { replaceFile } from '../../../shared/state/line-log.ts'
import { encodeSums, openSegmentSums, readSums, type SegmentSums, type Sum, sumOf, sumsFile } from './segment-sums.ts'
import { sequenceAt } from './sequence-number.ts'

const NEWLINE = 0x0a
const TIME = ',{"ApproximateArrivalTimestamp":'
const SEQUENCE = new RegExp(
  String.raw`^,\{"ApproximateArrivalTimestamp":([\d.]{14}),"SequenceNumber":"(\d{56})",` +
    String.raw`"Data":"[A-Za-z0-9+/]*={0,2}","PartitionKey":".*"\}$`,
  's',
)

interface Segment {
  path: string
  shardId: string
  prefix: string
  /** The place of its first record, as its name says. */
  firstPlace: number
  /** The place behind the segment before. */
  expectedPlace: number
  care: StateCare
}

/** A stretch of a segment: as it was written, or what takes its place. */
interface Part {
  bytes: Buffer
  sum: Sum
  isWhole: boolean
}

/** The records of a segment. Behind them the file may have a torn end, which the next append cuts off. */
interface CheckedSegment {
  bytes: Buffer
  sums: SegmentSums
  hasTornEnd: boolean
}

/**
 * Checks a segment of a shard's log against its checksums. An end that a kill left is no record, and stays in its file:
 * another file may refuse the start, which must then have changed nothing. What is damaged refuses
 * to open, because records that were acknowledged would be missing in the middle of a stream; a repair puts an empty
 * record in the place of each, so that sequence numbers stay.
 * @throws DamagedState
 */
export function checkSegment(segment: Segment): CheckedSegment {
  const { path, care, shardId } = segment
  clearPlace(path, { care, lost: `records of ${shardId}`, canGoOn: false })
  clearPlace(sumsFile(path), { care, lost: lostSums(segment), canGoOn: true })
  const stored = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const { sums, isThere, hasTornEnd, damage: sumsDamage } = readSums(path)
  if (segment.expectedPlace !== segment.firstPlace) throw new DamagedState(gap(segment))
  const { parts, at, place } = checkedParts(segment, stored, sums)
  const rest = readRest(segment, stored.subarray(Math.min(at, stored.length)), place)
  if (rest.records > 0) parts.push({ bytes: rest.bytes, sum: sumOf(rest.bytes, rest.records), isWhole: true })
  const lost = parts.filter(part => !part.isWhole).reduce((sum, part) => sum + part.sum.records, 0)
  const isDamaged = lost > 0 || rest.damage !== undefined
  if (isDamaged) repair(segment, parts, lost, rest.damage)
  if (sumsDamage !== undefined) {
    const file = sumsFile(path)
    reportDamage({ file, what: sumsDamage, lost: lostSums(segment) }, care, renameDamaged(file, care.now()))
  }
  if (isThere && sumsDamage === undefined && rest.records > 0)
    care.notice({
      kind: 'damage',
      state: 'warning',
      title: `${sumsFile(path)} ended before its segment: ${rest.records} records of ${shardId} had no checksum`,
      detail: 'A kill between the two leaves that. The records are in their order, and have a checksum now.',
    })
  if (!isThere || hasTornEnd || sumsDamage !== undefined || isDamaged || rest.records > 0)
    replaceFile(sumsFile(path), encodeSums(parts.map(part => part.sum)))
  const wholeBytes = at + rest.bytes.length
  return {
    bytes: isDamaged ? readFileSync(path) : stored.subarray(0, wholeBytes),
    sums: openSegmentSums(path),
    hasTornEnd: !isDamaged && wholeBytes < stored.length,
  }
}

/** What the checksums cover, an append a part; `at` and `place` are behind it. */
function checkedParts(
  segment: Segment,
  stored: Buffer,
  sums: readonly Sum[],
): { parts: Part[]; at: number; place: number } {
  const parts: Part[] = []
  let at = 0
  let place = segment.firstPlace
  for (const sum of sums) {
    const bytes = stored.subarray(at, at + sum.lengthBytes)
    const found = sumOf(bytes, sum.records)
    const isWhole = found.lengthBytes === sum.lengthBytes && found.crc === sum.crc
    const before = parts.at(-1)?.bytes
    parts.push(isWhole ? { bytes, sum, isWhole } : blank(segment, place, sum.records, arrivalOf(segment, before)))
    at += sum.lengthBytes
    place += sum.records
  }
  return { parts, at, place }
}

/**
 * Puts the parts in the place of a damaged segment, which is kept beside. @throws DamagedState unless it is asked for
 */
function repair({ path, care, shardId }: Segment, parts: readonly Part[], lost: number, restDamage?: string): void {
  const what = lost > 0 ? `${lost} of its records do not match their checksums, or are missing` : String(restDamage)
  const which = lost > 0 ? `${lost} records` : 'the records behind that'
  const damage: Damage = { file: path, what, lost: `${which} of ${shardId}; an empty record takes the place of each` }
  if (!care.repairs) throw new DamagedState(damage)
  reportDamage(damage, care, existsSync(path) ? renameDamaged(path, care.now()) : 'nothing: it is missing')
  replaceFile(path, Buffer.concat(parts.map(part => part.bytes)))
}

const lostSums = ({ shardId }: Segment): string => `checksums of ${shardId}; its records are there`

const gap = ({ path, firstPlace, expectedPlace, shardId }: Segment): Damage => ({
  file: path,
  what: `it begins with record ${firstPlace} of ${shardId}, and the file before it ends with ${expectedPlace}`,
  lost: 'the records between: a file is missing',
})

/**
 * What is behind the checksums: of an older version all, else what a kill left between the two files. Whole lines in
 * their order are records; a last line without its end is not.
 */
function readRest(
  segment: Segment,
  rest: Buffer,
  place: number,
): { bytes: Buffer; records: number; damage: string | undefined } {
  let at = 0
  let records = 0
  for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, at)) {
    const [, , sequence] = SEQUENCE.exec(rest.toString('utf8', at, end)) ?? []
    if (sequence !== sequenceAt(segment.prefix, place + records)) {
      const damage = `the line of record ${place + records} of ${segment.shardId} is not that of its sequence number`
      return { bytes: rest.subarray(0, at), records, damage }
    }
    records++
    at = end + 1
  }
  return { bytes: rest.subarray(0, at), records, damage: undefined }
}

/** Records without data in the place of those that are lost, at the time of the one before. */
function blank({ prefix }: Segment, place: number, records: number, time: string): Part {
  const bytes = Buffer.from(
    Array.from(
      { length: records },
      (_, order) =>
        `,{"ApproximateArrivalTimestamp":${time},"SequenceNumber":"${sequenceAt(prefix, place + order)}",` +
        '"Data":"","PartitionKey":"damaged"}\n',
    ).join(''),
  )
  return { bytes, sum: sumOf(bytes, records), isWhole: false }
}

/** The newest arrival of a stretch; before any, when the shard was made, which its prefix says behind four digits. */
function arrivalOf({ prefix }: Segment, bytes: Buffer | undefined): string {
  const at = bytes === undefined ? -1 : bytes.lastIndexOf(TIME)
  if (bytes === undefined || at < 0) return (Number(prefix.slice(4, 18)) / 1000).toFixed(3)
  return bytes.toString('latin1', at + TIME.length, at + TIME.length + 14)
}
