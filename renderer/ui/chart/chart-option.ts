import { clock, zoneOf } from '../format.ts'
import type { Colours } from '../theme/colours.ts'
import { FONT } from '../theme/theme.ts'
import { drawnPoints, type Line, scaleOf, withGaps } from './chart-points.ts'

const DAY_MS = 86_400_000

/** What is the same while only time goes on: the rest of the drawing is given to the chart once. */
export const formOf = ({ lines, limit, fromMs, toMs }: Pick<Shown, 'lines' | 'limit' | 'fromMs' | 'toMs'>): string =>
  JSON.stringify([
    lines.map(({ name, emphasis, points, band }) => [name, emphasis, points.length === 1, band !== undefined]),
    limit,
    toMs - fromMs > DAY_MS,
  ])

/** Changes when there is something new to draw: the page renders more often than that. */
export const newestOf = (lines: readonly Line[], fromMs: number, toMs: number): string =>
  [
    fromMs,
    toMs,
    ...lines.flatMap(({ points }) => [points.length, ...(points[0] ?? []), ...(points.at(-1) ?? [])]),
  ].join()

/** What changes when time goes on. */
export function movedTo({ lines, fromMs, toMs, limit }: Shown) {
  const seen = lines.map(line => within(line, fromMs, toMs))
  const drawn = seen.map(line => ({ ...line, points: drawnPoints(line.points, lines.length) }))
  return {
    xAxis: { min: fromMs, max: toMs },
    yAxis: scaleOf(drawn, limit?.value),
    series: [...drawn.map(line => ({ id: line.name, data: dataOf(line) })), ...bandSeries(seen)],
  }
}

/** What is outside of the axis has no part in its scale. */
const within = (line: Line, fromMs: number, toMs: number): Line => {
  const isSeen = ([atMs]: readonly [number, ...unknown[]]) => atMs >= fromMs && atMs <= toMs
  return { ...line, points: line.points.filter(isSeen), ...(line.band && { band: line.band.filter(isSeen) }) }
}

/** The band as two stacked areas, of which only the upper one is seen; only of a chart with one line. */
function bandSeries(lines: readonly Line[], colour?: string) {
  const [only] = lines
  if (lines.length !== 1 || !only?.band) return []
  const low = withGaps(only.band.map(([atMs, lowest]) => [atMs, lowest]))
  const high = withGaps(only.band.map(([atMs, lowest, highest]) => [atMs, highest - lowest]))
  const area = { type: 'line', stack: 'band', silent: true, showSymbol: false, z: 0, ...(colour && { color: colour }) }
  const unseen = { lineStyle: { opacity: 0 } }
  return [
    { ...area, ...unseen, id: 'band lowest', data: low },
    { ...area, ...unseen, id: 'band highest', data: high, areaStyle: { opacity: 0.22 } },
  ]
}

/** The points of a line as they are drawn; of a line with a band each with its lowest and highest, for the tooltip. */
function dataOf({ points, band }: Line): (number | null)[][] {
  const around = new Map(band?.map(([atMs, lowest, highest]) => [atMs, [lowest, highest]]))
  return points.map(([atMs, value]) => [atMs, value, ...(around.get(atMs) ?? [])])
}

/** The value under the crosshair, with the lowest and highest around it. */
const bandTooltip =
  (name: string, format: (value: number) => string, axisLabel: (ms: number) => string) => (params: unknown) => {
    const all = (Array.isArray(params) ? params : [params]) as { seriesName?: string; data?: (number | null)[] }[]
    const [atMs, value, lowest, highest] = all.find(({ seriesName }) => seriesName === name)?.data ?? []
    if (atMs == null || value == null || lowest == null || highest == null) return ''
    return [
      axisLabel(atMs),
      `${name}: ${format(value)}`,
      `lowest between commits: ${format(lowest)}`,
      `highest between commits: ${format(highest)}`,
    ].join('\n')
  }

export interface Shown {
  lines: Line[]
  format: (value: number) => string
  fromMs: number
  toMs: number
  colours: Colours
  limit: { name: string; value: number } | undefined
  unit: string
}

export function optionOf(shown: Shown) {
  const { lines, format, fromMs, toMs, colours, limit, unit } = shown
  const text = { color: colours.quiet, fontFamily: FONT, fontSize: 11 }
  const hasLegend = lines.length > 1 && lines.length <= 6
  const axisLabel = (ms: number) => `${stamp(ms)} ${zoneOf(ms)}`
  const hasBand = lines.length === 1 && lines[0]?.band !== undefined
  return {
    animation: false,
    grid: { left: 56, right: 12, top: 28, bottom: 38 },
    legend: { show: hasLegend, top: 0, right: 8, itemWidth: 12, itemHeight: 2, icon: 'rect', textStyle: text },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colours.surface,
      borderColor: colours.line,
      textStyle: { color: colours.text, fontSize: 12, fontFamily: FONT },
      ...(hasBand
        ? { formatter: bandTooltip(lines[0]?.name ?? '', format, axisLabel) }
        : { valueFormatter: (value: unknown) => (typeof value === 'number' ? format(value) : 'not known') }),
      axisPointer: { type: 'line', lineStyle: { color: colours.quiet } },
    },
    xAxis: {
      type: 'time',
      min: fromMs,
      max: toMs,
      name: timeName(toMs),
      nameLocation: 'middle',
      nameGap: 22,
      nameTextStyle: text,
      axisPointer: { label: { formatter: ({ value }: { value: unknown }) => axisLabel(Number(value)) } },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: {
        ...text,
        hideOverlap: true,
        formatter: (ms: number) => (toMs - fromMs > DAY_MS ? stamp(ms).slice(5, 16) : clock(ms)),
      },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      name: unit,
      nameLocation: 'end',
      nameGap: 12,
      nameTextStyle: { ...text, align: 'left', padding: [0, 0, 0, -48] },
      min: 0,
      ...scaleOf(lines, limit?.value),
      axisLabel: { ...text, formatter: format },
      splitLine: { lineStyle: { color: colours.line, opacity: 0.6 } },
    },
    series: [
      ...lines.map((line, index) => ({
        id: line.name,
        name: line.name,
        type: 'line',
        showSymbol: line.points.length === 1,
        data: dataOf({ ...line, points: drawnPoints(line.points, lines.length) }),
        lineStyle: { width: line.emphasis === 'quiet' ? 1 : 2 },
        itemStyle: {
          color:
            line.emphasis === 'quiet'
              ? colours.line
              : line.emphasis === 'bad'
                ? colours.bad
                : (colours.series[index % 8] ?? colours.accent),
        },
        z: line.emphasis === 'quiet' ? 1 : 2,
        ...(index === 0 &&
          limit && {
            markLine: {
              silent: true,
              symbol: 'none',
              animation: false,
              lineStyle: { color: colours.quiet, type: 'dashed' },
              label: {
                ...text,
                formatter: limit.name,
                position: 'insideEndTop',
                backgroundColor: colours.surface,
                padding: [1, 4],
              },
              data: [{ yAxis: limit.value }],
            },
          }),
      })),
      ...bandSeries(lines, colours.series[0] ?? colours.accent),
    ],
  }
}

/** `time (UTC)`, or `local time, UTC+02:00`. */
function timeName(ms: number): string {
  const zone = zoneOf(ms)
  return zone === 'UTC' ? 'time (UTC)' : zone
}

/** `2026-11-21 14:03:07`, in the time of this machine. */
const stamp = (ms: number): string => {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19).replace('T', ' ')
}
