/** A stream of numbers in [0, 1) that is a pure function of its seeds (Mulberry32 over a mixed seed). */
export interface Draw {
  next(): number
  /** Standard normal, by Box and Muller. */
  normal(): number
}

/** Mixes 32-bit numbers to one (the finalizer of MurmurHash3). */
export function mix(...values: readonly number[]): number {
  let hash = 0x9747b28c
  for (const value of values) {
    hash = Math.imul(hash ^ value, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash >>> 0
}

export function drawOf(...seeds: readonly number[]): Draw {
  let state = mix(...seeds)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
  return { next, normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()) }
}

/** One number in [0, 1) of a purpose, a seed and a place: what decides about an event without moving any other draw. */
export const chance = (...seeds: readonly number[]): number => mix(...seeds) / 4_294_967_296

/** What a draw decides, as the first of its seeds: no purpose moves the draws of another. */
export const PURPOSE = { fields: 1, jitter: 2, invalid: 3, late: 4, duplicate: 5, lateness: 6, which: 7, id: 8 }
