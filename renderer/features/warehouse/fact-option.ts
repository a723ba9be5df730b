import type { QueryResult } from '../../../shared/features/warehouse.ts'
import type { Chart } from '../../../shared/pipelines/dashboard-spec.ts'
import type { Colours } from '../../ui/theme/colours.ts'

export type Row = QueryResult['rows'][number]

/** What is drawn. */
export interface Drawn {
  chart: Chart
  /** Names of the columns: they name the axes where the chart does not. */
  columns: readonly string[]
  rows: readonly Row[]
  colours: Colours
}

export function optionOf(drawn: Drawn): Record<string, unknown> {
  switch (drawn.chart.kind) {
    case 'bar':
      return barOption(drawn)
    case 'line':
      return lineOption(drawn)
    case 'share':
      return shareOption(drawn)
    case 'heat':
      return heatOption(drawn)
    case 'scatter':
      return scatterOption(drawn)
  }
}

/** `average tip (USD)`; a name that says its unit is enough. */
export const axisName = (name: string, unit: string | undefined): string =>
  unit === undefined || unit === '' || name.includes(unit) ? name : `${name} (${unit})`

/** The names of both axes. */
export function axisNames({ chart, columns }: Pick<Drawn, 'chart' | 'columns'>): { x: string; y: string } {
  const { axes, unit, categoryUnit } = chart
  const isHeat = chart.kind === 'heat'
  return {
    x: axisName(axes?.x ?? columns[0] ?? '', categoryUnit),
    // Of a heat map both axes are categories: its colours have the unit.
    y: axisName(axes?.y ?? columns[1] ?? '', isHeat ? undefined : unit),
  }
}

const shown = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
const numberOf = (row: Row, index = 1) => Number(row[index])

/** Pixels beside the axes, for their labels; and below, with a name under them. */
const LEFT = 52
const LEFT_OF_CATEGORIES = 92
const BELOW = 44
const BELOW_SLANTED = 76
/** More categories than this do not fit beside each other without a slant. */
const LEVEL_LABELS = 6

const gridOf = (left: number, bottom: number) => ({ left, right: 14, top: 30, bottom })
const labelOf = (colours: Colours) => ({ color: colours.quiet, fontSize: 11 })
const lineOf = (colours: Colours) => ({ lineStyle: { color: colours.line } })
const withUnit =
  ({ unit }: Chart) =>
  (number: unknown): string =>
    `${shown.format(Number(number))} ${unit}`

const tooltipOf = (colours: Colours) => ({
  renderMode: 'richText',
  confine: true,
  backgroundColor: colours.surface,
  borderColor: colours.line,
  textStyle: { color: colours.text, fontSize: 12 },
})

/** What every x axis has; its labels stand `labelsPx` high. */
const xAxisOf = ({ chart, columns, colours }: Drawn, labelsPx: number) => ({
  name: axisNames({ chart, columns }).x,
  nameLocation: 'middle',
  nameGap: labelsPx,
  nameTextStyle: labelOf(colours),
  axisLine: lineOf(colours),
})

/** What every y axis has: its name stands above it, from the left edge on. */
const yAxisOf = ({ chart, columns, colours }: Drawn, left: number) => ({
  name: axisNames({ chart, columns }).y,
  nameLocation: 'end',
  nameGap: 14,
  nameTextStyle: { ...labelOf(colours), align: 'left', padding: [0, 0, 0, 4 - left] },
  axisLabel: labelOf(colours),
})

const valueAxis = (drawn: Drawn) => ({
  ...yAxisOf(drawn, LEFT),
  type: 'value',
  splitLine: lineOf(drawn.colours),
  splitNumber: 4,
})

const categoryAxis = (drawn: Drawn, data: string[], isSlanted: boolean) => ({
  ...xAxisOf(drawn, isSlanted ? 54 : 28),
  type: 'category',
  data,
  axisLabel: { ...labelOf(drawn.colours), hideOverlap: true, ...(isSlanted && { rotate: 30, interval: 0 }) },
  axisTick: { show: false },
})

function barOption(drawn: Drawn): Record<string, unknown> {
  const { chart, rows, colours } = drawn
  const isSlanted = rows.length > LEVEL_LABELS && chart.categoryUnit === undefined
  return {
    grid: gridOf(LEFT, isSlanted ? BELOW_SLANTED : BELOW),
    tooltip: { ...tooltipOf(colours), trigger: 'axis', valueFormatter: withUnit(chart) },
    xAxis: categoryAxis(
      drawn,
      rows.map(row => String(row[0])),
      isSlanted,
    ),
    yAxis: valueAxis(drawn),
    series: [
      {
        type: 'bar',
        data: rows.map(row => numberOf(row)),
        itemStyle: { color: colours.series[0], borderRadius: [3, 3, 0, 0] },
        barMaxWidth: 46,
      },
    ],
  }
}

/** A tick of the time axis, by what it begins: a day says of which month it is. */
const TIMES = { year: '{yyyy}', month: '{MMM} {d}', day: '{MMM} {d}', hour: '{HH}:{mm}', minute: '{HH}:{mm}' }

function lineOption(drawn: Drawn): Record<string, unknown> {
  const { chart, rows, colours } = drawn
  const [colour] = colours.series
  const xAxis = xAxisOf(drawn, 28)
  return {
    grid: gridOf(LEFT, BELOW),
    tooltip: { ...tooltipOf(colours), trigger: 'axis', valueFormatter: withUnit(chart) },
    // Timestamps of the warehouse are UTC, and are shown so.
    useUTC: true,
    xAxis: {
      ...xAxis,
      name: axisName(xAxis.name, 'UTC'),
      type: 'time',
      axisLabel: { ...labelOf(colours), hideOverlap: true, formatter: TIMES },
    },
    yAxis: valueAxis(drawn),
    series: [
      {
        type: 'line',
        showSymbol: rows.length < 3,
        connectNulls: false,
        data: withGaps(rows.map(row => [utcMs(row[0]), numberOf(row)])),
        lineStyle: { color: colour, width: 2 },
        itemStyle: { color: colour },
        areaStyle: { color: colour, opacity: 0.12 },
      },
    ],
  }
}

function shareOption({ chart, rows, colours }: Drawn): Record<string, unknown> {
  const total = rows.reduce((sum, row) => sum + numberOf(row), 0)
  const text = withUnit(chart)
  return {
    tooltip: { ...tooltipOf(colours), valueFormatter: text },
    color: colours.series,
    series: [
      {
        type: 'pie',
        radius: ['48%', '72%'],
        data: rows.map(row => ({ name: String(row[0]), value: numberOf(row) })),
        label: {
          color: colours.text,
          lineHeight: 16,
          overflow: 'none',
          formatter: ({ name, value: part }: { name: string; value: number }) =>
            `${name} ${shown.format((part / total) * 100)} %\n${text(Math.round(part))}`,
        },
        labelLine: lineOf(colours),
        itemStyle: { borderColor: colours.surface, borderWidth: 2 },
      },
    ],
  }
}

function heatOption(drawn: Drawn): Record<string, unknown> {
  const { chart, rows, colours } = drawn
  const [across = [], down = []] = [0, 1].map(index => [...new Set(rows.map(row => String(row[index])))])
  const greatest = Math.max(...rows.map(row => numberOf(row, 2)))
  const text = withUnit(chart)
  return {
    grid: { ...gridOf(LEFT_OF_CATEGORIES, BELOW_SLANTED), right: 66 },
    tooltip: { ...tooltipOf(colours), valueFormatter: text },
    xAxis: categoryAxis(drawn, across, true),
    yAxis: {
      ...yAxisOf(drawn, LEFT_OF_CATEGORIES),
      type: 'category',
      data: down,
      axisLine: lineOf(colours),
      axisTick: { show: false },
    },
    visualMap: {
      right: 0,
      top: 'middle',
      min: 0,
      max: greatest,
      itemWidth: 10,
      itemHeight: 90,
      text: [text(greatest), '0'],
      textStyle: labelOf(colours),
      inRange: { color: [colours.background, colours.series[0]] },
    },
    series: [
      {
        type: 'heatmap',
        data: rows.map(row => [String(row[0]), String(row[1]), numberOf(row, 2)]),
        itemStyle: { borderColor: colours.surface, borderWidth: 1 },
      },
    ],
  }
}

function scatterOption(drawn: Drawn): Record<string, unknown> {
  const { chart, rows, colours } = drawn
  const text = withUnit(chart)
  return {
    grid: gridOf(LEFT, BELOW),
    tooltip: {
      ...tooltipOf(colours),
      formatter: ({ value: [x, y] }: { value: [number, number] }) =>
        `${shown.format(x)} ${chart.categoryUnit ?? ''}: ${text(y)}`,
    },
    xAxis: {
      ...xAxisOf(drawn, 28),
      type: 'value',
      axisLabel: labelOf(colours),
      splitLine: lineOf(colours),
      scale: true,
    },
    yAxis: { ...valueAxis(drawn), scale: true },
    series: [
      {
        type: 'scatter',
        symbolSize: 9,
        data: rows.map(row => [numberOf(row, 0), numberOf(row)]),
        itemStyle: { color: colours.series[0] },
      },
    ],
  }
}

/** A timestamp of the warehouse is UTC and does not say so. */
const utcMs = (timestamp: Row[number] | undefined): number => Date.parse(`${String(timestamp).replace(' ', 'T')}Z`)

/** Breaks the line where a step is missing: nothing is known there, and a line would make numbers up. */
function withGaps(points: [atMs: number, value: number][]): [number, number | null][] {
  const steps = points.slice(1).map(([atMs], index) => atMs - (points[index]?.[0] ?? atMs))
  const step = Math.min(...steps)
  return points.flatMap(([atMs, value], index): [number, number | null][] => {
    const before = points[index - 1]
    const broken = before !== undefined && atMs - before[0] > step * 1.5
    return broken
      ? [
          [before[0] + step, null],
          [atMs, value],
        ]
      : [[atMs, value]]
  })
}
