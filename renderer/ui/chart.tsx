import { LineChart as LineSeries } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { connect, type ECharts, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef, useState } from 'react'
import { type Colours, FONT, useColours } from '../app/theme.ts'
import { ChartFrame } from './chart-frame.tsx'
import { drawnPoints, type Line, scaleOf } from './chart-points.ts'
import { absolute, clock, duration } from './format.ts'
import { openChart } from './open-chart.ts'
import { useDragOver } from './use-drag-over.ts'

use([LineSeries, GridComponent, TooltipComponent, LegendComponent, MarkLineComponent, CanvasRenderer])

interface TimeChartProps {
  /** Its title, and what is said to those who cannot see it. */
  label: string
  /** Where the numbers come from. */
  source: string
  lines: Line[]
  format: (value: number) => string
  fromMs: number
  toMs: number
  height?: number
  /** A value that matters by itself, a trigger's interval say. */
  limit?: { name: string; value: number }
  /** Dragging over the chart chooses a range of time. */
  onRange?: (fromMs: number, toMs: number) => void
}

const DAY_MS = 86_400_000

/** Charts of one page share their crosshair. */
const GROUP = 'page'
connect(GROUP)

/** Lines over time, with their numbers as a table, as a file and as an image. */
export function TimeChart({
  label,
  source,
  lines,
  format,
  fromMs,
  toMs,
  height = 180,
  limit,
  onRange,
}: TimeChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts>(undefined)
  const colours = useColours()
  const [asTable, setAsTable] = useState(false)
  const shown = useRef({ lines, format, fromMs, toMs, colours, limit })
  shown.current = { lines, format, fromMs, toMs, colours, limit }
  const drag = useDragOver(holder, (from, to) => {
    const [start, end] = [from, to].map(x => chart.current?.convertFromPixel({ xAxisIndex: 0 }, x))
    if (start !== undefined && end !== undefined) onRange?.(Math.round(Number(start)), Math.round(Number(end)))
  })

  useEffect(() => {
    if (!holder.current || asTable) return
    const { chart: made, close } = openChart(holder.current)
    made.group = GROUP
    chart.current = made
    made.setOption(optionOf(shown.current))
    return () => {
      close()
      chart.current = undefined
    }
  }, [asTable])

  const form = formOf({ lines, limit, fromMs, toMs })
  const drawn = newestOf(lines, fromMs, toMs)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `form` says whether lines came, went or look otherwise
  useEffect(() => {
    chart.current?.setOption(optionOf(shown.current), { notMerge: false, replaceMerge: ['series'], lazyUpdate: true })
  }, [form, format, colours])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `drawn` says whether there is anything new to draw
  useEffect(() => {
    chart.current?.setOption(movedTo(shown.current), { lazyUpdate: true })
  }, [drawn])

  return (
    <ChartFrame
      label={label}
      source={source}
      asTable={asTable}
      onTable={setAsTable}
      format={format}
      rows={() => rowsOf(lines, fromMs, toMs)}
      image={() => chart.current?.renderToCanvas({ pixelRatio: 2, backgroundColor: colours.surface })}
    >
      {!asTable && (
        <div className="chart-area" data-can-drag={onRange !== undefined} onPointerDown={onRange && drag.start}>
          <div ref={holder} role="img" aria-label={label} style={{ height }} />
          {drag.over && <div className="chart-drag" style={{ left: drag.over.left, width: drag.over.width }} />}
        </div>
      )}
    </ChartFrame>
  )
}

/** The numbers of the lines by time, newest first. */
function rowsOf(
  lines: readonly Line[],
  fromMs: number,
  toMs: number,
): { columns: string[]; rows: (string | number | null)[][] } {
  const byTime = new Map<number, (number | null)[]>()
  lines.forEach((line, index) => {
    for (const [atMs, value] of line.points) {
      if (atMs < fromMs || atMs > toMs) continue
      const row = byTime.get(atMs) ?? lines.map(() => null)
      row[index] = value
      byTime.set(atMs, row)
    }
  })
  const rows = [...byTime].sort(([a], [b]) => b - a).map(([atMs, values]) => [absolute(atMs), ...values])
  return { columns: ['time', ...lines.map(line => line.name)], rows }
}

/** What is the same while only time goes on: the rest of the drawing is told to the chart once. */
const formOf = ({ lines, limit, fromMs, toMs }: Pick<Shown, 'lines' | 'limit' | 'fromMs' | 'toMs'>): string =>
  JSON.stringify([
    lines.map(({ name, emphasis, points }) => [name, emphasis, points.length === 1]),
    limit,
    toMs - fromMs > DAY_MS,
  ])

/** Changes when there is something new to draw: the page renders more often than that. */
const newestOf = (lines: readonly Line[], fromMs: number, toMs: number): string =>
  [
    fromMs,
    toMs,
    ...lines.flatMap(({ points }) => [points.length, ...(points[0] ?? []), ...(points.at(-1) ?? [])]),
  ].join()

/** What changes when time goes on. */
function movedTo({ lines, fromMs, toMs, limit }: Shown) {
  const drawn = lines.map(line => ({ id: line.name, points: drawnPoints(line.points, lines.length) }))
  return {
    xAxis: { min: fromMs, max: toMs },
    yAxis: scaleOf(drawn, limit?.value),
    series: drawn.map(({ id, points }) => ({ id, data: points })),
  }
}

interface Shown {
  lines: Line[]
  format: (value: number) => string
  fromMs: number
  toMs: number
  colours: Colours
  limit: TimeChartProps['limit']
}

function optionOf({ lines, format, fromMs, toMs, colours, limit }: Shown) {
  const text = { color: colours.quiet, fontFamily: FONT, fontSize: 11 }
  const hasLegend = lines.length > 1 && lines.length <= 6
  return {
    animation: false,
    grid: { left: 56, right: 12, top: hasLegend ? 28 : 10, bottom: 22 },
    legend: { show: hasLegend, top: 0, left: 50, itemWidth: 12, itemHeight: 2, icon: 'rect', textStyle: text },
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
      axisLabel: {
        ...text,
        hideOverlap: true,
        formatter: (ms: number) => (toMs - fromMs > DAY_MS ? absolute(ms).slice(5, 16) : clock(ms)),
      },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: 0,
      ...scaleOf(lines, limit?.value),
      axisLabel: { ...text, formatter: format },
      splitLine: { lineStyle: { color: colours.line, opacity: 0.6 } },
    },
    series: lines.map((line, index) => ({
      id: line.name,
      name: line.name,
      type: 'line',
      showSymbol: line.points.length === 1,
      data: drawnPoints(line.points, lines.length),
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
            label: { ...text, formatter: limit.name, position: 'insideEndTop' },
            data: [{ yAxis: limit.value }],
          },
        }),
    })),
  }
}

/** `12:03:10 to 12:18:10, 15 min`. */
export const rangeText = (fromMs: number, toMs: number): string =>
  `${absolute(fromMs)} to ${absolute(toMs).slice(11)}, ${duration(toMs - fromMs)}`
