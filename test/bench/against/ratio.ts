import { median } from '../page/runs.ts'

/** One figure of one round of one side. */
export interface Figure {
  name: string
  unit: string
  value: number
}

/** A figure on both sides. A ratio is that of one round's pair, this tree's by the revision's. */
export interface Compared {
  name: string
  unit: string
  here: { median: number; values: number[] }
  against: { median: number; values: number[] }
  ratio: { median: number; lowerQuartile: number; upperQuartile: number; least: number; most: number; rounds: number }
}

/** @throws Error when the sides were not measured alike often: a pair has both */
export function compare(name: string, unit: string, here: readonly number[], against: readonly number[]): Compared {
  if (here.length !== against.length || here.length === 0)
    throw new Error(`${name}: ${here.length} rounds of this tree and ${against.length} of the other make no pairs.`)
  const ratios = here.map((value, round) => value / (against[round] ?? Number.NaN)).sort((a, b) => a - b)
  return {
    name,
    unit,
    here: { median: median(here), values: [...here] },
    against: { median: median(against), values: [...against] },
    ratio: {
      median: median(ratios),
      lowerQuartile: quantile(ratios, 0.25),
      upperQuartile: quantile(ratios, 0.75),
      least: ratios[0] ?? Number.NaN,
      most: ratios.at(-1) ?? Number.NaN,
      rounds: ratios.length,
    },
  }
}

/** Between the two nearest values of a sorted list, in proportion. */
function quantile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part
  const [below = Number.NaN, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return below + (above - below) * (place - Math.floor(place))
}

/** The round's order, so that what the machine does meanwhile hits both alike: A B, then B A, and so on. */
export const orderOf = <T>([first, second]: readonly [T, T], round: number): readonly [T, T] =>
  round % 2 === 0 ? [first, second] : [second, first]
