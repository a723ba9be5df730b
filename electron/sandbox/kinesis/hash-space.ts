import { hash } from 'node:crypto'

/** Kinesis routes a record by a 128-bit number. */
export const MAX_HASH_KEY = (1n << 128n) - 1n

/** Both ends are inclusive. */
export interface HashRange {
  start: bigint
  end: bigint
}

/**
 * A hash key as 32 hexadecimal digits: they compare as text in the order of the numbers, and MD5 gives them for
 * nothing.
 */
export type HexKey = string
export const toHex = (key: bigint): HexKey => key.toString(16).padStart(32, '0')

/** The hash key of a partition key: its MD5. */
export const hashOf = (partitionKey: string): HexKey => hash('md5', partitionKey)

/** `count` ranges of equal size (the last takes the rest) that cover the whole space, as CreateStream lays them out. */
export function evenRanges(count: number): HashRange[] {
  const size = (MAX_HASH_KEY + 1n) / BigInt(count)
  return Array.from({ length: count }, (_, index) => ({
    start: size * BigInt(index),
    end: index === count - 1 ? MAX_HASH_KEY : size * BigInt(index + 1) - 1n,
  }))
}

/** One step of a resharding: names are those of the shards as they are at that step, by the start of their range. */
export type ReshardStep =
  | { kind: 'split'; start: bigint; at: bigint }
  | { kind: 'merge'; start: bigint; nextStart: bigint }

/**
 * The splits and merges that turn ranges that cover the space into `count` even ones: first every new boundary is cut,
 * then what lies between two boundaries is joined, two neighbours at a time.
 */
export function stepsToEven(open: readonly HashRange[], count: number): ReshardStep[] {
  const target = evenRanges(count)
  const starts = [...open].map(range => range.start).sort(ascending)
  const steps: ReshardStep[] = []
  for (const { start } of target) {
    if (starts.includes(start)) continue
    const owner = starts.filter(known => known < start).at(-1)
    if (owner === undefined) throw new Error(`No range holds ${start}`)
    steps.push({ kind: 'split', start: owner, at: start })
    starts.push(start)
    starts.sort(ascending)
  }
  const wanted = new Set(target.map(range => range.start))
  for (const { start } of target) {
    for (
      let next = starts[starts.indexOf(start) + 1];
      next !== undefined && !wanted.has(next);
      next = starts[starts.indexOf(start) + 1]
    ) {
      steps.push({ kind: 'merge', start, nextStart: next })
      starts.splice(starts.indexOf(next), 1)
    }
  }
  return steps
}

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
