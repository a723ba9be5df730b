import { LineChart as LineSeries } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { connect, type ECharts, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef, useState } from 'react'
import { absolute, duration } from '../format.ts'
import { useColours } from '../theme/theme.ts'
import { ChartFrame } from './chart-frame.tsx'
import { formOf, movedTo, newestOf, optionOf } from './chart-option.ts'
import type { Line } from './chart-points.ts'
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
  /** Of its values, at the axis: `records/s`. */
  unit: string
  fromMs: number
  toMs: number
  height?: number
  /** A value that matters by itself, a trigger's interval say. */
  limit?: { name: string; value: number }
  /** Dragging over the chart chooses a range of time. */
  onRange?: (fromMs: number, toMs: number) => void
}

/** Charts of one page share their crosshair. */
const GROUP = 'page'
connect(GROUP)

/** Lines over time, with their numbers as a table, as a file and as an image. */
export function TimeChart({
  label,
  source,
  lines,
  format,
  unit,
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
  const shown = useRef({ lines, format, fromMs, toMs, colours, limit, unit })
  shown.current = { lines, format, fromMs, toMs, colours, limit, unit }
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

/** The numbers of the lines by time, newest first; with the band of an only line. */
function rowsOf(
  lines: readonly Line[],
  fromMs: number,
  toMs: number,
): { columns: string[]; rows: (string | number | null)[][] } {
  const [first, ...others] = lines
  const band = others.length === 0 ? first?.band : undefined
  const columns = [
    ...lines.map(line => ({ name: line.name, points: line.points })),
    ...(band
      ? [
          { name: 'lowest between commits', points: band.map(([atMs, lowest]) => [atMs, lowest] as const) },
          { name: 'highest between commits', points: band.map(([atMs, , highest]) => [atMs, highest] as const) },
        ]
      : []),
  ]
  const byTime = new Map<number, (number | null)[]>()
  columns.forEach(({ points }, index) => {
    for (const [atMs, value] of points) {
      if (atMs < fromMs || atMs > toMs) continue
      const row = byTime.get(atMs) ?? columns.map(() => null)
      row[index] = value
      byTime.set(atMs, row)
    }
  })
  const rows = [...byTime].sort(([a], [b]) => b - a).map(([atMs, values]) => [absolute(atMs), ...values])
  return { columns: ['time', ...columns.map(column => column.name)], rows }
}

/** `12:03:10 to 12:18:10, 15 min`. */
export const rangeText = (fromMs: number, toMs: number): string =>
  `${absolute(fromMs)} to ${absolute(toMs).slice(11)}, ${duration(toMs - fromMs)}`
