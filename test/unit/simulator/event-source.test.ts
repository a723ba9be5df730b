import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCsv } from '../../../electron/core/simulator/csv.ts'
import { createEventSource } from '../../../electron/core/simulator/event-source.ts'
import { rateAt } from '../../../electron/core/simulator/rate.ts'
import { readPipeline } from '../../fixture/read-pipeline.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const spec = await readPipeline('food-delivery')
const dimensions = new Map(
  spec.dimensions.map(dimension => [dimension.table, parseCsv(read(`dims/${dimension.file}`))]),
)
const MIX = { seed: 3, duplicatesPercent: 4, invalidPercent: 2, latePercent: 3 }
const source = (mix = MIX) => createEventSource(spec, dimensions, mix)
const text = (n: number, mix = MIX) => Buffer.from(source(mix).event(n).data).toString('latin1')
const SAMPLE = 20_000

describe('an order', () => {
  it('is the same bytes whenever and in whatever order it is asked for', () => {
    const one = source()
    fc.assert(
      fc.property(fc.nat(10_000_000), n => Buffer.from(one.event(n).data).toString('latin1') === text(n)),
      { numRuns: 50 },
    )
  })

  it('is another one with another seed', () => {
    expect(text(1)).not.toBe(text(1, { ...MIX, seed: 4 }))
  })

  it('goes to a restaurant and a rider of the customer’s own city', () => {
    const cityOf = (table: string, key: string) =>
      new Map(dimensions.get(table)?.map(row => [Number(row[key]), row.City]))
    const customers = cityOf('dimCustomers', 'CustomerID')
    const restaurants = cityOf('dimRestaurants', 'RestaurantID')
    const riders = cityOf('dimDeliveryRiders', 'RiderID')
    const clean = source({ ...MIX, invalidPercent: 0 })
    for (let n = 0; n < 2_000; n++) {
      const order = JSON.parse(Buffer.from(clean.event(n).data).toString())
      expect(restaurants.get(order.RestaurantID)).toBe(customers.get(order.CustomerID))
      expect(riders.get(order.RiderID)).toBe(customers.get(order.CustomerID))
    }
  })

  it('has an id of its own', () => {
    const clean = source({ ...MIX, invalidPercent: 0 })
    const ids = new Set(Array.from({ length: SAMPLE }, (_, n) => clean.event(n).partitionKey))
    expect(ids.size).toBe(SAMPLE)
  })
})

describe('the orders of a day', () => {
  const all = Array.from({ length: SAMPLE }, (_, n) => source().event(n))

  it('hold the shares that were asked for', () => {
    const share = (kind: string) => (all.filter(event => event.kind === kind).length / SAMPLE) * 100
    expect(share('invalid')).toBeCloseTo(MIX.invalidPercent, 0)
    expect(share('late')).toBeCloseTo(MIX.latePercent, 0)
    const duplicates = Array.from({ length: SAMPLE }, (_, n) => source().duplicateAfter(n)).filter(
      order => order !== undefined,
    )
    expect((duplicates.length / SAMPLE) * 100).toBeCloseTo(MIX.duplicatesPercent, 0)
  })

  it('come in the order of their time, except late ones, and most of them in rush hours', () => {
    const onTime = all.filter(event => event.kind !== 'late').map(event => event.eventTimeMs)
    expect([...onTime].sort((a, b) => a - b)).toEqual(onTime)
    const byHour = Array.from(
      { length: 24 },
      (_, hour) => onTime.filter(ms => new Date(ms).getUTCHours() === hour).length,
    )
    expect(Math.max(...byHour) / Math.min(...byHour)).toBeGreaterThan(10)
  })

  it('repeat an earlier order, byte for byte', () => {
    const one = source()
    for (let n = 0; n < 1_000; n++) expect(one.duplicateAfter(n) ?? 0).toBeLessThanOrEqual(n)
  })
})

it('a rate profile says the rate at any time', () => {
  const hours = spec.simulator.hours
  expect(rateAt({ kind: 'ramp', fromPerSecond: 0, toPerSecond: 100, seconds: 10 }, 5, hours)).toBe(50)
  expect(rateAt({ kind: 'ramp', fromPerSecond: 0, toPerSecond: 100, seconds: 10 }, 50, hours)).toBe(100)
  const burst = { kind: 'burst', basePerSecond: 1, peakPerSecond: 9, everySeconds: 10, lastingSeconds: 2 } as const
  expect([0, 3, 11].map(second => rateAt(burst, second, hours))).toEqual([9, 1, 9])
  const day = { kind: 'day', meanPerSecond: 10, daySeconds: 240 } as const
  const mean =
    Array.from({ length: 240 }, (_, second) => rateAt(day, second, hours)).reduce((sum, rate) => sum + rate, 0) / 240
  expect(mean).toBeCloseTo(10, 0)
})
