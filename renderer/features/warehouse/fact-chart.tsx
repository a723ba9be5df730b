import { BarChart, HeatmapChart, LineChart, PieChart, ScatterChart } from 'echarts/charts'
import { GridComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { type ECharts, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { type RefObject, useEffect, useImperativeHandle, useRef } from 'react'
import type { Chart } from '../../../shared/pipelines/dashboard-spec.ts'
import { openChart } from '../../ui/chart/open-chart.ts'
import { FONT, useColours } from '../../ui/theme/theme.ts'
import { optionOf, type Row } from './fact-option.ts'

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

const HEIGHT = 260

/** What can be had of a chart that is drawn. */
export interface Picture {
  canvas(): HTMLCanvasElement
}

interface FactChartProps {
  chart: Chart
  /** Names of the columns: they name the axes where the chart does not. */
  columns: readonly string[]
  rows: readonly Row[]
  picture?: RefObject<Picture | null>
}

/** A chart of the rows of its query. */
export function FactChart({ chart, columns, rows, picture }: FactChartProps) {
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
    drawn.setOption({
      animation: false,
      textStyle: { fontFamily: FONT },
      ...optionOf({ chart, columns, rows, colours }),
    })
    return () => {
      close()
      instance.current = undefined
    }
  }, [chart, columns, rows, colours])
  return (
    <div
      ref={holder}
      role="img"
      aria-label={`${chart.title}: ${rows.length} values; the table has them as numbers`}
      style={{ height: HEIGHT }}
    />
  )
}
