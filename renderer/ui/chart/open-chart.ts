import { type ECharts, init } from 'echarts/core'

/**
 * A chart stops asking for frames after so many in which nothing was drawn: 10 if nothing is set, each a frame of the
 * whole page.
 */
const STILL_FRAMES = 1

/** A chart that fills its element and follows its size, and asks for frames only while it draws. `close` ends it. */
export function openChart(holder: HTMLElement): { chart: ECharts; close: () => void } {
  const chart = init(holder, undefined, { renderer: 'canvas' })
  chart.getZr().setSleepAfterStill(STILL_FRAMES)
  const resizing = new ResizeObserver(() => chart.resize())
  resizing.observe(holder)
  return {
    chart,
    close() {
      resizing.disconnect()
      chart.dispose()
    },
  }
}
