import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

/*
 * The checksums of a segment, in a file beside it: 16 bytes for each append, all big-endian.
 *   length of what was appended, number of its records, its CRC-32, CRC-32 of the twelve bytes before
 * An append is acknowledged after both files have it. So a segment that is shorter than its checksums say has lost
 * acknowledged records, and what it has behind them was never acknowledged.
 */
const ENTRY_BYTES = 16

/** What one append wrote. */
export interface Sum {
  lengthBytes: number
  records: number
  crc: number
}

export interface SegmentSums {
  /** Adds the checksum of what was appended. @throws when the disk does not take it; then nothing of it is there */
  add(appended: Buffer, records: number): void
  close(): void
  remove(): void
}

export const sumsFile = (segmentPath: string): string => `${segmentPath}.sums`

/** Opens the checksums of a segment to add to them. */
export function openSegmentSums(segmentPath: string): SegmentSums {
  const file = sumsFile(segmentPath)
  const fd = openSync(file, 'a')
  let length = existsSync(file) ? readFileSync(file).length : 0
  const entry = Buffer.alloc(ENTRY_BYTES)
  return {
    add(appended, records) {
      encode(entry, { lengthBytes: appended.length, records, crc: crc32(appended) })
      try {
        for (let written = 0; written < ENTRY_BYTES; ) written += writeSync(fd, entry, written)
      } catch (error) {
        ftruncateSync(fd, length)
        throw error
      }
      length += ENTRY_BYTES
    },
    close: () => closeSync(fd),
    remove() {
      closeSync(fd)
      unlinkSync(file)
    },
  }
}

/** The checksums of a segment as they are on disk. */
interface StoredSums {
  sums: Sum[]
  isThere: boolean
  /** An entry that was cut short follows: the next one must not be glued to that. */
  hasTornEnd: boolean
  /** An entry is not as it was written; none after it counts. */
  damage: string | undefined
}

export function readSums(segmentPath: string): StoredSums {
  const file = sumsFile(segmentPath)
  if (!existsSync(file)) return { sums: [], isThere: false, hasTornEnd: false, damage: undefined }
  const bytes = readFileSync(file)
  const sums: Sum[] = []
  const hasTornEnd = bytes.length % ENTRY_BYTES > 0
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const entry = bytes.subarray(at, at + ENTRY_BYTES)
    if (crc32(entry.subarray(0, 12)) !== entry.readUInt32BE(12))
      return { sums, isThere: true, hasTornEnd, damage: `checksum ${sums.length + 1} is not as it was written` }
    sums.push({ lengthBytes: entry.readUInt32BE(0), records: entry.readUInt32BE(4), crc: entry.readUInt32BE(8) })
  }
  return { sums, isThere: true, hasTornEnd, damage: undefined }
}

/** The bytes of a file of checksums. */
export function encodeSums(sums: readonly Sum[]): Buffer {
  const bytes = Buffer.alloc(sums.length * ENTRY_BYTES)
  sums.forEach((sum, index) => void encode(bytes.subarray(index * ENTRY_BYTES), sum))
  return bytes
}

export const sumOf = (bytes: Buffer, records: number): Sum => ({
  lengthBytes: bytes.length,
  records,
  crc: crc32(bytes),
})

function encode(entry: Buffer, { lengthBytes, records, crc }: Sum): void {
  entry.writeUInt32BE(lengthBytes, 0)
  entry.writeUInt32BE(records, 4)
  entry.writeUInt32BE(crc, 8)
  entry.writeUInt32BE(crc32(entry.subarray(0, 12)), 12)
}
