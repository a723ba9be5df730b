import { LineChart as LineSeries } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { connect, type ECharts, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import { type Colours, FONT, useColours } from '../app/theme.ts'
import { clock } from './format.ts'

use([LineSeries, GridComponent, TooltipComponent, LegendComponent, CanvasRenderer])

export interface Line {
  name: string
  /** Epoch ms and value; null where nothing is known. */
  points: [atMs: number, value: number | null][]
  /** Lines that do not matter now are grey. */
  emphasis?: 'plain' | 'quiet' | 'bad'
}

/** Refusals are drawn once there were any: a red line at nothing says nothing. */
export const throttledLine = (samples: readonly { atMs: number; throttledPerSecond?: number }[]): Line[] =>
  samples.some(sample => (sample.throttledPerSecond ?? 0) > 0)
    ? [{ name: 'throttled', emphasis: 'bad', points: samples.map(sample => [sample.atMs, sample.throttledPerSecond ?? null]) }]
    : []

interface TimeChartProps {
  /** Said to those who cannot see it. */
  label: string
  lines: Line[]
  format: (value: number) => string
  fromMs: number
  toMs: number
  height?: number
}

/** Charts of one page share their crosshair. */
const GROUP = 'page'
connect(GROUP)

/** Lines over time. */
export function TimeChart({ label, lines, format, fromMs, toMs, height = 180 }: TimeChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts>(undefined)
  const colours = useColours()

  useEffect(() => {
    if (!holder.current) return
    const made = init(holder.current, undefined, { renderer: 'canvas' })
    made.group = GROUP
    chart.current = made
    const resizing = new ResizeObserver(() => made.resize())
    resizing.observe(holder.current)
    return () => {
      resizing.disconnect()
      made.dispose()
      chart.current = undefined
    }
  }, [])

  useEffect(() => {
    chart.current?.setOption(optionOf(lines, format, fromMs, toMs, colours), {
      notMerge: false,
      replaceMerge: ['series'],
      lazyUpdate: true,
    })
  }, [lines, format, fromMs, toMs, colours])

  return <div ref={holder} role="img" aria-label={label} style={{ height }} />
}

function optionOf(lines: Line[], format: (value: number) => string, fromMs: number, toMs: number, colours: Colours) {
  const text = { color: colours.quiet, fontFamily: FONT, fontSize: 11 }
  return {
    animation: false,
    grid: { left: 56, right: 12, top: lines.length > 1 ? 28 : 10, bottom: 22 },
    legend: {
      show: lines.length > 1 && lines.length <= 6,
      top: 0,
      left: 50,
      itemWidth: 12,
      itemHeight: 2,
      icon: 'rect',
      textStyle: text,
    },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colours.surface,
      borderColor: colours.line,
      textStyle: { color: colours.text, fontSize: 12, fontFamily: FONT },
      valueFormatter: (value: unknown) => (typeof value === 'number' ? format(value) : 'not known'),
      axisPointer: { type: 'line', lineStyle: { color: colours.quiet } },
    },
    xAxis: {
      type: 'time',
      min: fromMs,
      max: toMs,
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { ...text, hideOverlap: true, formatter: (ms: number) => clock(ms) },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: 0,
      // Nothing but zeros is drawn below a scale of ten, not of one.
      max: ({ max }: { max: number }) => (max > 0 ? undefined : 10),
      axisLabel: { ...text, formatter: format },
      splitLine: { lineStyle: { color: colours.line, opacity: 0.6 } },
      splitNumber: 3,
    },
    series: lines.map((line, index) => ({
      id: line.name,
      name: line.name,
      type: 'line',
      showSymbol: false,
      data: line.points,
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
    })),
  }
}
