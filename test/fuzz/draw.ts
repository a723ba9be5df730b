import { seeded } from '../fixture/seeded.ts'

/** Draws of one seed: the same seed, the same draws. */
export interface Draw {
  /** A whole number from 0 to below. */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  bytes(length: number): Buffer
}

export function createDraw(seed: number): Draw {
  const random = seeded(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  return {
    below,
    chance: probability => random() < probability,
    pick: from => from[below(from.length)] as (typeof from)[number],
    bytes: length => Buffer.from(Array.from({ length }, () => below(256))),
  }
}
