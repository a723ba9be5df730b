import { describe, expect, it } from 'vitest'
import { axisName, axisNames, type Drawn, optionOf } from '../../../renderer/features/warehouse/fact-option.ts'
import { readSpec } from '../../fixture/read-pipeline.ts'

const COLOURS = { series: ['#00f'], surface: '#fff', background: '#fff' } as Drawn['colours']
const CHART = { id: 'c', title: 'Tips', description: '', kind: 'bar', unit: 'USD', sql: '' } as const
const drawn = (chart: Drawn['chart'], columns: string[], rows: Drawn['rows']): Drawn => ({
  chart,
  columns,
  rows,
  colours: COLOURS,
})

describe('the axes of a dashboard chart', () => {
  it('an axis has its name with its unit, and the unit is not repeated in a name that says it', () => {
    expect(axisName('average tip', 'USD')).toBe('average tip (USD)')
    expect(axisName('orders per hour', 'orders')).toBe('orders per hour')
    expect(axisName('city', undefined)).toBe('city')
  })

  it('the spec names the axes, and the columns of the query where it does not', () => {
    const columns = ['fee', 'tip']
    expect(axisNames({ chart: { ...CHART, categoryUnit: 'USD' }, columns })).toEqual({
      x: 'fee (USD)',
      y: 'tip (USD)',
    })
    const axes = { x: 'delivery fee', y: 'average tip' }
    expect(axisNames({ chart: { ...CHART, axes }, columns })).toEqual({ x: 'delivery fee', y: 'average tip (USD)' })
  })

  it('the second axis of a heat map has categories, and the scale of its colours has the unit', () => {
    const heat = { ...CHART, kind: 'heat', unit: 'orders', axes: { x: 'city', y: 'cuisine' } } as const
    expect(axisNames({ chart: heat, columns: [] })).toEqual({ x: 'city', y: 'cuisine' })
    const option = optionOf(drawn(heat, ['city', 'cuisine', 'orders'], [['Austin', 'Thai', '12']]))
    expect(option).toMatchObject({ visualMap: { text: ['12 orders', '0'], max: 12 } })
  })

  it('the axis of a time names its zone', () => {
    const line = { ...CHART, kind: 'line', unit: 'orders' } as const
    const option = optionOf(drawn(line, ['hour', 'orders'], [['2026-11-20 10:00:00', 3]]))
    expect(option).toMatchObject({ xAxis: { name: 'hour (UTC)' }, yAxis: { name: 'orders' } })
  })

  it('every chart of food-delivery with axes has names for both', async () => {
    const { dashboard } = await readSpec('food-delivery')
    expect(dashboard.length).toBeGreaterThan(0)
    for (const chart of dashboard) expect(chart.axes === undefined, chart.id).toBe(chart.kind === 'share')
  })
})
