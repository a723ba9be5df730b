/** Epoch ms and value; null where nothing is known. In the order of time. */
export type Points = [atMs: number, value: number | null][]

/** Epoch ms with the least and the most around a line's value then. */
export type Band = [atMs: number, lowest: number, highest: number][]

/** A line of a chart over time. */
export interface Line {
  name: string
  /** Drawn around the only line of a chart. */
  band?: Band
  /** Epoch ms and value; null where nothing is known. */
  points: Points
  /** Lines that do not matter now are grey. */
  emphasis?: 'plain' | 'quiet' | 'bad'
}

/** So many points are drawn at once, of all lines; a line keeps at least some. */
const MOST_POINTS = 4_000
const LEAST_OF_A_LINE = 120

/**
 * The points to draw of a line that has more than can be seen: of each stretch of time the greatest, so that no peak is
 * hidden. Where nothing is known stays so. Stretches begin at the same times whenever they are drawn, so that a line
 * does not tremble.
 */
export function thinned(points: Points, most: number): Points {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last || points.length <= most) return points
  const stretchMs = Math.ceil((last[0] - first[0]) / most / 1_000) * 1_000
  const kept: Points = []
  let stretch = Number.NaN
  for (const point of points) {
    const before = kept.at(-1)
    const own = Math.floor(point[0] / stretchMs)
    if (before && own === stretch && (before[1] === null) === (point[1] === null)) {
      if ((point[1] ?? 0) > (before[1] ?? 0)) kept[kept.length - 1] = point
      continue
    }
    stretch = own
    kept.push(point)
  }
  return kept
}

/** What is drawn of one of so many lines. */
export const drawnPoints = (points: Points, lines: number): Points =>
  withGaps(thinned(points, Math.max(LEAST_OF_A_LINE, Math.floor(MOST_POINTS / Math.max(1, lines)))))

/**
 * Nothing is known between two points that are further apart than this many of the usual steps, and than an idle page
 * lets pass: a sample with the first show after 25 seconds (live/arrivals.ts), and one every 15 to 19
 * (electron/core/pace.ts).
 */
const GAP = 2.5
const SHORTEST_GAP_MS = 60_000

/** Breaks a line where nothing was seen: a line through it would make numbers up. */
export function withGaps(points: Points): Points {
  const longest = Math.max(SHORTEST_GAP_MS, usualStep(points) * GAP)
  return points.flatMap((point, index): Points => {
    const before = points[index - 1]
    return before && point[0] - before[0] > longest ? [[before[0] + 1, null], point] : [point]
  })
}

/** The median of the times between points, of at most so many of them. */
const STEPS_LOOKED_AT = 50
function usualStep(points: Points): number {
  const every = Math.max(1, Math.floor(points.length / STEPS_LOOKED_AT))
  const steps: number[] = []
  for (let index = 1; index < points.length; index += every)
    steps.push((points[index]?.[0] ?? 0) - (points[index - 1]?.[0] ?? 0))
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0
}

/** Scales end at one of these times a power of ten, in so many even steps. */
const SCALES: readonly [top: number, steps: number][] = [
  [1, 2],
  [1.5, 3],
  [2, 2],
  [3, 3],
  [4, 2],
  [6, 3],
  [8, 2],
  [10, 2],
]
/** Nothing but zeros is drawn below a scale of ten, not of one. */
const LEAST_TOP = 10

/** A scale from zero on which all lines and the limit fit below its top, and whose steps are round numbers. */
export function scaleOf(lines: readonly Pick<Line, 'points' | 'band'>[], limit = 0): { max: number; interval: number } {
  // A limit is seen as one when there is room above it.
  let greatest = limit * 1.1
  for (const { points } of lines)
    for (const [, value] of points) if (value !== null && value > greatest) greatest = value
  const [only] = lines
  if (lines.length === 1) for (const [, , highest] of only?.band ?? []) if (highest > greatest) greatest = highest
  if (greatest === 0) return { max: LEAST_TOP, interval: LEAST_TOP / 2 }
  const power = 10 ** Math.floor(Math.log10(greatest))
  const [top, steps] = SCALES.find(([top]) => top * power >= greatest && (power !== 1 || top !== 1.5)) ?? [10, 2]
  // Of things that are counted there is no half.
  if (top * power === 1) return { max: 1, interval: 1 }
  return { max: top * power, interval: (top * power) / steps }
}
