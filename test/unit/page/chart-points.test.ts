import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnPoints, type Points, scaleOf, thinned, withGaps } from '../../../renderer/ui/chart/chart-points.ts'

const SECOND = 1_000
const points = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.option(fc.integer({ min: 0, max: 1_000 }))), {
    minLength: 1,
    maxLength: 400,
  })
  .map(steps => {
    let atMs = 1_700_000_000_000
    return steps.map(([step, value]): Points[number] => {
      atMs += step * SECOND
      return [atMs, value]
    })
  })

describe('the points of a chart', () => {
  it('thinned points are measured points, in the order of time, and keep every peak', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 100 }), (line, most) => {
        const drawn = thinned(line, most)
        const known = new Set(line.map(point => point.join()))
        expect(drawn.every(point => known.has(point.join()))).toBe(true)
        expect(drawn.map(([atMs]) => atMs)).toEqual([...drawn.map(([atMs]) => atMs)].sort((a, b) => a - b))
        const peak = (of: Points) => Math.max(-1, ...of.map(([, value]) => value ?? -1))
        expect(peak(drawn)).toBe(peak(line))
      }),
    )
  })

  it('thinned points keep a moment without a value apart from its neighbours', () => {
    const line: Points = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(index => [index * SECOND, index === 4 ? null : 7])
    expect(thinned(line, 1).map(([, value]) => value)).toContain(null)
  })

  it('thinned points of the past do not change when newer ones are added', () => {
    const line: Points = Array.from({ length: 900 }, (_, index) => [index * SECOND, (index * 7919) % 1000])
    const early = thinned(line.slice(0, 899), 250)
    expect(thinned(line, 250).slice(0, early.length - 1)).toEqual(early.slice(0, -1))
  })

  it('the points of many lines are limited, but each line keeps at least 120', () => {
    const line: Points = Array.from({ length: 900 }, (_, index) => [index * SECOND, index])
    expect(drawnPoints(line, 1)).toHaveLength(900)
    expect(drawnPoints(line, 16).length).toBeLessThanOrEqual(251)
    expect(drawnPoints(line, 64).length).toBeGreaterThan(100)
  })

  it('points are thinned only when there are more than the limit', () => {
    const line: Points = Array.from({ length: 150 }, (_, index) => [index * SECOND, index])
    expect(thinned(line, 150)).toBe(line)
    expect(thinned(line, 100).length).toBeLessThanOrEqual(100)
  })

  it('a line with one point a minute is not broken, even where some points are close together', () => {
    const minutes: Points = Array.from({ length: 30 }, (_, index) => [index * 60 * SECOND, index])
    expect(withGaps(minutes)).toEqual(minutes)
    const close: Points = [1, 2, 3].map(second => [(29 * 60 + second) * SECOND, 0])
    expect(withGaps([...minutes, ...close])).toEqual([...minutes, ...close])
  })

  it('a line is broken where nothing was recorded, and not where the page was idle', () => {
    const line: Points = [0, 1, 2, 17, 18, 80, 81].map(second => [second * SECOND, 5])
    expect(withGaps(line).filter(([, value]) => value === null)).toEqual([[18 * SECOND + 1, null]])
  })
})

describe('the scale of a chart', () => {
  const scale = (values: (number | null)[], limit?: number) =>
    scaleOf([{ points: values.map((value, index): Points[number] => [index, value]) }], limit)

  it.each([
    [163, 200, 100],
    [100, 100, 50],
    [101, 150, 50],
    [0.3, 0.3, 0.1],
    [7, 8, 4],
    [1.2, 2, 1],
    [1, 1, 1],
    [352_400, 400_000, 200_000],
  ])('of lines up to %d ends at %d, in steps of %d', (greatest, max, interval) => {
    const found = scale([0, greatest, null, greatest / 2])
    expect(found.max).toBeCloseTo(max, 9)
    expect(found.interval).toBeCloseTo(interval, 9)
  })

  it('a scale covers every value in round steps, and leaves at most half of it empty', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), { minLength: 1 }), values => {
        const { max, interval } = scale(values)
        const greatest = Math.max(...values)
        expect(max).toBeGreaterThanOrEqual(greatest * (1 - 1e-12))
        expect(max / 2).toBeLessThanOrEqual(greatest * (1 + 1e-12))
        expect(Math.abs(max / interval - Math.round(max / interval))).toBeLessThan(1e-9)
      }),
    )
  })

  it('a scale has room above its limit, and ends at ten for zeros and for no points', () => {
    expect(scale([10], 1_000)).toEqual({ max: 1_500, interval: 500 })
    expect(scale([0, null])).toEqual({ max: 10, interval: 5 })
    expect(scaleOf([])).toEqual({ max: 10, interval: 5 })
  })
})
