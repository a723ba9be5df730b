import { BarChart, HeatmapChart, LineChart, PieChart, ScatterChart } from 'echarts/charts'
import { GridComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { type ECharts, type EChartsCoreOption, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { type RefObject, useEffect, useImperativeHandle, useRef } from 'react'
import type { QueryResult } from '../../../shared/features/warehouse.ts'
import type { Chart } from '../../../shared/pipelines/dashboard-spec.ts'
import { openChart } from '../../ui/chart/open-chart.ts'
import { type Colours, FONT, useColours } from '../../ui/theme/theme.ts'

use([
  BarChart,
  PieChart,
  LineChart,
  HeatmapChart,
  ScatterChart,
  GridComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
])

const HEIGHT = 240
/** More categories than this do not fit beside each other without a slant. */
const LEVEL_LABELS = 6
type Row = QueryResult['rows'][number]

/** What can be had of a chart that is drawn. */
export interface Picture {
  canvas(): HTMLCanvasElement
}

/** A chart of the rows of its query. */
export function FactChart({
  chart,
  rows,
  picture,
}: {
  chart: Chart
  rows: Row[]
  picture?: RefObject<Picture | null>
}) {
  const holder = useRef<HTMLDivElement>(null)
  const instance = useRef<ECharts>(undefined)
  const colours = useColours()
  useImperativeHandle(picture, () => ({
    canvas: () => {
      if (!instance.current) throw new Error(`${chart.title} is not drawn`)
      return instance.current.renderToCanvas({ pixelRatio: 2, backgroundColor: colours.surface })
    },
  }))
  useEffect(() => {
    if (!holder.current) return
    const { chart: drawn, close } = openChart(holder.current)
    instance.current = drawn
    drawn.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...optionOf(chart, rows, colours) })
    return () => {
      close()
      instance.current = undefined
    }
  }, [chart, rows, colours])
  return (
    <div
      ref={holder}
      role="img"
      aria-label={`${chart.title}: ${rows.length} values; the table has them as numbers`}
      style={{ height: HEIGHT }}
    />
  )
}

/** A tick of the time axis, by what it begins: a day says of which month it is. */
const TIMES = { year: '{yyyy}', month: '{MMM} {d}', day: '{MMM} {d}', hour: '{HH}:{mm}', minute: '{HH}:{mm}' }

const shown = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

function optionOf(chart: Chart, rows: Row[], colours: Colours): EChartsCoreOption {
  const label = { color: colours.quiet, fontSize: 11 }
  const line = { lineStyle: { color: colours.line } }
  const value = (row: Row, index = 1) => Number(row[index])
  const withUnit = (number: unknown) => `${shown.format(Number(number))} ${chart.unit}`
  const tooltip = {
    renderMode: 'richText',
    confine: true,
    backgroundColor: colours.surface,
    borderColor: colours.line,
    textStyle: { color: colours.text, fontSize: 12 },
  }
  const [first = colours.accent] = colours.series
  const isSlanted = rows.length > LEVEL_LABELS && chart.categoryUnit === undefined
  const grid = { left: 48, right: 14, top: 12, bottom: 26 }
  const valueAxis = { type: 'value', axisLabel: label, splitLine: line, splitNumber: 4 }
  switch (chart.kind) {
    case 'bar':
      return {
        grid: { ...grid, bottom: isSlanted ? 56 : 30 },
        tooltip: { ...tooltip, trigger: 'axis', valueFormatter: withUnit },
        xAxis: {
          type: 'category',
          data: rows.map(row => String(row[0])),
          axisLabel: { ...label, hideOverlap: true, ...(isSlanted && { rotate: 30, interval: 0 }) },
          axisLine: line,
          axisTick: { show: false },
        },
        yAxis: valueAxis,
        series: [
          {
            type: 'bar',
            data: rows.map(row => value(row)),
            itemStyle: { color: first, borderRadius: [3, 3, 0, 0] },
            barMaxWidth: 46,
          },
        ],
      }
    case 'line':
      return {
        grid,
        tooltip: { ...tooltip, trigger: 'axis', valueFormatter: withUnit },
        // Timestamps of the warehouse are UTC, and are told so.
        useUTC: true,
        xAxis: { type: 'time', axisLabel: { ...label, hideOverlap: true, formatter: TIMES }, axisLine: line },
        yAxis: valueAxis,
        series: [
          {
            type: 'line',
            showSymbol: rows.length < 3,
            connectNulls: false,
            data: withGaps(rows.map(row => [utcMs(row[0]), value(row)])),
            lineStyle: { color: first, width: 2 },
            itemStyle: { color: first },
            areaStyle: { color: first, opacity: 0.12 },
          },
        ],
      }
    case 'share': {
      const total = rows.reduce((sum, row) => sum + value(row), 0)
      return {
        tooltip: { ...tooltip, valueFormatter: withUnit },
        color: colours.series,
        series: [
          {
            type: 'pie',
            radius: ['48%', '72%'],
            data: rows.map(row => ({ name: String(row[0]), value: value(row) })),
            label: {
              color: colours.text,
              lineHeight: 16,
              overflow: 'none',
              formatter: ({ name, value: part }: { name: string; value: number }) =>
                `${name} ${shown.format((part / total) * 100)} %\n${withUnit(Math.round(part))}`,
            },
            labelLine: line,
            itemStyle: { borderColor: colours.surface, borderWidth: 2 },
          },
        ],
      }
    }
    case 'heat': {
      const [across, down] = [0, 1].map(index => [...new Set(rows.map(row => String(row[index])))])
      return {
        grid: { ...grid, left: 92, bottom: 56 },
        tooltip: { ...tooltip, valueFormatter: withUnit },
        xAxis: {
          type: 'category',
          data: across,
          axisLabel: { ...label, rotate: 30 },
          axisLine: line,
          axisTick: { show: false },
        },
        yAxis: { type: 'category', data: down, axisLabel: label, axisLine: line, axisTick: { show: false } },
        visualMap: {
          show: false,
          min: 0,
          max: Math.max(...rows.map(row => value(row, 2))),
          inRange: { color: [colours.background, first] },
        },
        series: [
          {
            type: 'heatmap',
            data: rows.map(row => [String(row[0]), String(row[1]), value(row, 2)]),
            itemStyle: { borderColor: colours.surface, borderWidth: 1 },
          },
        ],
      }
    }
    case 'scatter':
      return {
        grid,
        tooltip: {
          ...tooltip,
          formatter: ({ value: [x, y] }: { value: [number, number] }) =>
            `${shown.format(x)} ${chart.categoryUnit ?? ''}: ${withUnit(y)}`,
        },
        xAxis: { type: 'value', axisLabel: label, splitLine: line, scale: true },
        yAxis: { ...valueAxis, scale: true },
        series: [
          {
            type: 'scatter',
            symbolSize: 9,
            data: rows.map(row => [value(row, 0), value(row)]),
            itemStyle: { color: first },
          },
        ],
      }
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
