import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { openSegmentSums, type SegmentSums } from './segment-sums.ts'

/** A file of a shard's log, open. A segment that reached this length is followed by a new one. */
export const SEGMENT_BYTES = 64 * 1024 * 1024

export interface Segment {
  path: string
  fd: number
  sums: SegmentSums
  /** How much of it is records; a torn end may follow. */
  length: number
  hasTornEnd: boolean
  /** The place of its first record. */
  firstPlace: number
}

/** Makes the file of a new segment. */
export const createSegment = (path: string, firstPlace: number): Segment => ({
  path,
  fd: openSync(path, 'a+'),
  sums: openSegmentSums(path),
  length: 0,
  hasTornEnd: false,
  firstPlace,
})

/**
 * Appends all with its checksum, or nothing: a full disk may take half, and the next record must not be glued to that.
 */
export function appendToSegment(segment: Segment, bytes: Buffer, records: number): void {
  const { fd, sums, length } = segment
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
    sums.add(bytes, records)
  } catch (error) {
    ftruncateSync(fd, length)
    throw error
  }
  segment.length += bytes.length
}

/**
 * Cuts off what a kill in the middle of a write left: not at opening, so that a start that is refused changes nothing.
 */
export function cutTornEnd(segment: Segment): void {
  if (!segment.hasTornEnd) return
  ftruncateSync(segment.fd, segment.length)
  segment.hasTornEnd = false
}

export function closeSegment({ fd, sums }: Segment): void {
  closeSync(fd)
  sums.close()
}

export function removeSegment({ path, fd, sums }: Segment): void {
  closeSync(fd)
  // First the checksums: without their segment they would say that it is missing.
  sums.remove()
  unlinkSync(path)
}
