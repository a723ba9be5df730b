import type { Received } from '../sources/received.ts'

/** Something happened in [fromMs, toMs], epoch ms. */
export interface Between {
  fromMs: number
  toMs: number
}

/** A while in which every reading had the same count. */
interface Run extends Received, Between {}

/** What was not seen lately, CloudWatch's minutes have as well. */
const KEPT_MS = 180_000

/**
 * An answer may come a little after one that was asked for later; a time that is earlier by more is of a clock that was
 * set back.
 */
const SET_BACK_MS = 2_000

/**
 * What core itself read a partition's count to be: finer than CloudWatch's minutes, as far back as it has read.
 */
export interface ObservedCounts {
  add(partitionId: string, atMs: number, count: Received): void
  /**
   * When record number `index` of a partition (0 is its first) arrived; undefined when no two readings are around it.
   */
  arrivalOf(partitionId: string, index: number): Between | undefined
  /** The count at a time; undefined unless it is known to have been the same before and `settledMs` after. */
  countAt(partitionId: string, atMs: number, settledMs: number): Received | undefined
}

export function createObservedCounts(): ObservedCounts {
  const runs = new Map<string, Run[]>()
  return {
    add(partitionId, atMs, { records, bytes }) {
      const before = runs.get(partitionId) ?? []
      const lateMs = (before.at(-1)?.toMs ?? atMs) - atMs
      if (lateMs > 0 && lateMs < SET_BACK_MS) return
      // A clock that was set back: what was seen at times that are still to come says nothing.
      const known = before.filter(run => run.toMs <= atMs)
      const last = known.at(-1)
      if (last?.records === records && last.bytes === bytes) last.toMs = atMs
      // A count that falls is of another stream, or CloudWatch has forgotten the oldest: what was seen says nothing
      // about it.
      else if (last && records < last.records) runs.set(partitionId, [{ fromMs: atMs, toMs: atMs, records, bytes }])
      else
        runs.set(partitionId, [
          ...known.filter(run => run.toMs > atMs - KEPT_MS),
          { fromMs: atMs, toMs: atMs, records, bytes },
        ])
    },
    arrivalOf(partitionId, index) {
      const known = runs.get(partitionId) ?? []
      const after = known.findIndex(run => run.records > index)
      const [before, seen] = [known[after - 1], known[after]]
      return before && seen && { fromMs: before.toMs, toMs: seen.fromMs }
    },
    countAt(partitionId, atMs, settledMs) {
      const run = runs.get(partitionId)?.find(entry => entry.fromMs <= atMs && entry.toMs >= atMs + settledMs)
      return run && { records: run.records, bytes: run.bytes }
    },
  }
}
