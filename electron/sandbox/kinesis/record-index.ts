import { growingNumbers, lowerBound } from './growing-numbers.ts'

/** What is known in memory of each record of a shard, by its place: how many records came before it. */
export interface RecordIndex {
  /** The first place that is still there. */
  readonly first: number
  /** The place after the last record. */
  readonly end: number
  /** The place of the first record, before any is added. */
  beginAt(place: number): void
  /** Adds the next record. `monotonicMs` is NaN for what an earlier process received. */
  add(offset: number, arrivedMs: number, monotonicMs: number, sizeBytes: number): void
  /** Where its line begins in its segment. */
  offsetOf(place: number): number
  arrivalOf(place: number): number
  /** By the monotonic clock; NaN for what an earlier process received. */
  receivedOf(place: number): number
  /** Data and key bytes of all records before a place, since the first that was ever indexed here. */
  sizeBefore(place: number): number
  /** The first place that arrived at this time or later. */
  placeAt(arrivedMs: number): number
  /** The first place whose record is not within `maxBytes` from a place on. */
  placeBeyond(from: number, maxBytes: number): number
  /** Forgets what is before a place. */
  dropBefore(place: number): void
}

export function recordIndex(): RecordIndex {
  const offsets = growingNumbers()
  const arrivals = growingNumbers()
  const received = growingNumbers()
  /** Bytes of all records before and including this one. */
  const sizes = growingNumbers()
  let first = 0
  let sizeBeforeFirst = 0
  const sizeBefore = (place: number) => (place <= first ? sizeBeforeFirst : sizes.at(place - first - 1))
  return {
    get first() {
      return first
    },
    get end() {
      return first + offsets.length
    },
    beginAt(place) {
      first = place
    },
    add(offset, arrivedMs, monotonicMs, sizeBytes) {
      offsets.push(offset)
      arrivals.push(arrivedMs)
      received.push(monotonicMs)
      sizes.push((sizes.length > 0 ? sizes.at(sizes.length - 1) : sizeBeforeFirst) + sizeBytes)
    },
    offsetOf: place => offsets.at(place - first),
    arrivalOf: place => arrivals.at(place - first),
    receivedOf: place => received.at(place - first),
    sizeBefore,
    placeAt: arrivedMs => first + lowerBound(arrivals, arrivedMs),
    placeBeyond: (from, maxBytes) => first + lowerBound(sizes, sizeBefore(from) + maxBytes + 1),
    dropBefore(place) {
      sizeBeforeFirst = sizeBefore(place)
      for (const numbers of [offsets, arrivals, received, sizes]) numbers.dropFirst(place - first)
      first = place
    },
  }
}
