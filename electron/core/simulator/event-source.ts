import type { EventMix } from '../../../shared/features/simulator.ts'
import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import type { FieldGenerator } from '../../../shared/pipelines/simulator-spec.ts'
import type { FieldType } from '../../../shared/pipelines/spec/event.ts'
import { breakEvent } from './break-event.ts'
import { drawNested, everyPick, type Value } from './nested-values.ts'
import { chance, type Draw, drawOf, mix } from './random.ts'
import { timeCurve } from './time-curve.ts'

export type Row = Record<string, string>
/** The rows of each dimension table, by its name. */
export type Dimensions = ReadonlyMap<string, readonly Row[]>

export interface SimulatedEvent {
  kind: 'event' | 'invalid' | 'late'
  partitionKey: string
  data: Uint8Array
  eventTimeMs: number
}

/** Events by their number: event `n` is always the same event, for the same spec, dimensions and mix. */
export interface EventSource {
  event(n: number): SimulatedEvent
  /** The earlier event that is sent again right behind event `n`; undefined for most. */
  duplicateAfter(n: number): number | undefined
}

const PURPOSE = { fields: 1, jitter: 2, invalid: 3, late: 4, duplicate: 5, lateness: 6, which: 7, id: 8 }
const HOUR_MS = 3_600_000

export function createEventSource(spec: Pipeline, dimensions: Dimensions, eventMix: EventMix): EventSource {
  const { simulator } = spec
  const { seed } = eventMix
  const timeOf = timeCurve(simulator)
  const pickers = new Map(
    Object.entries(simulator.fields)
      .flatMap(([name, generator]) => everyPick(name, generator))
      .map(({ path, pick }) => [path, pickerOf(pick, dimensions)] as const),
  )
  const typeOf = new Map(spec.event.fields.map(({ name, type }) => [name, type]))
  const timeField = spec.event.time
  const keyField = spec.source.partitionKey

  function fieldsOf(n: number, eventTimeMs: number): Record<string, Value> {
    const draw = drawOf(PURPOSE.fields, seed, n)
    const rows = new Map<string, Row>()
    const values: Record<string, Value> = {}
    const hour = new Date(eventTimeMs).getUTCHours()
    for (const [name, generator] of Object.entries(simulator.fields)) {
      const value = draftValue(generator, { n, name, type: typeOf.get(name), draw, rows, values, eventTimeMs, hour })
      if (value !== undefined) values[name] = value
    }
    for (const { field, equals, set } of simulator.overrides) if (values[field] === equals) Object.assign(values, set)
    return values
  }

  interface Drawing {
    n: number
    /** The path of the value: its field, and the members of it. */
    name: string
    /** What the spec declares; undefined within JSON. */
    type: FieldType | undefined
    draw: Draw
    rows: Map<string, Row>
    values: Record<string, Value>
    eventTimeMs: number
    hour: number
  }

  function draftValue(generator: FieldGenerator, drawing: Drawing): Value | undefined {
    const { draw } = drawing
    switch (generator.kind) {
      case 'id':
        return uuidOf(seed, drawing.n)
      case 'clock':
        return new Date(drawing.eventTimeMs).toISOString()
      case 'pick': {
        const row = pickers.get(drawing.name)?.(draw, drawing.rows)
        if (!row) throw new Error(`No row of ${generator.dimension} fits ${drawing.name}`)
        drawing.rows.set(drawing.name, row)
        const key = row[generator.column] ?? ''
        return drawing.type !== 'string' && /^\d+$/.test(key) ? Number(key) : key
      }
      case 'lognormal':
        return rounded(
          generator.median * Math.exp(generator.sigma * draw.normal()) * factorOf(generator, drawing),
          generator,
        )
      case 'normal':
        return rounded((generator.mean + generator.deviation * draw.normal()) * factorOf(generator, drawing), generator)
      case 'share': {
        const none = draw.next() < generator.zeroShare
        const part = generator.low + draw.next() * (generator.high - generator.low)
        return none
          ? 0
          : rounded(Number(drawing.values[generator.of]) * part, {
              min: 0,
              max: Number.MAX_SAFE_INTEGER,
              decimals: generator.decimals,
            })
      }
      case 'uniform':
        return rounded(generator.min + draw.next() * (generator.max - generator.min), generator)
      case 'choice':
        return chosen(generator.weights, draw.next())
      case 'boolean':
        return draw.next() < generator.trueShare
      case 'struct':
      case 'list':
      case 'map':
      case 'optional':
        return drawNested(generator, drawing, draftValue)
    }
  }

  function factorOf(
    generator: {
      byRow: { row: string; column: string; factors: Record<string, number> }[]
      byHour?: number[] | undefined
    },
    drawing: Drawing,
  ): number {
    const byRow = generator.byRow.reduce(
      (factor, { row, column, factors }) => factor * (factors[drawing.rows.get(row)?.[column] ?? ''] ?? 1),
      1,
    )
    return byRow * (generator.byHour?.[drawing.hour] ?? 1)
  }

  return {
    event(n) {
      const eventTimeMs = timeOf(n, chance(PURPOSE.jitter, seed, n))
      const invalid = chance(PURPOSE.invalid, seed, n) * 100 < eventMix.invalidPercent
      const late = !invalid && chance(PURPOSE.late, seed, n) * 100 < eventMix.latePercent
      const { from, to } = simulator.lateHours
      const toldMs = late
        ? eventTimeMs - Math.round((from + chance(PURPOSE.lateness, seed, n) * (to - from)) * HOUR_MS)
        : eventTimeMs
      const values = fieldsOf(n, toldMs)
      const ordered = Object.fromEntries(
        spec.event.fields.flatMap(({ name }) => (values[name] === undefined ? [] : [[name, values[name]]])),
      )
      const partitionKey = String(values[keyField])
      if (!invalid)
        return {
          kind: late ? 'late' : 'event',
          partitionKey,
          data: Buffer.from(JSON.stringify(ordered)),
          eventTimeMs: toldMs,
        }
      const data = breakEvent(
        ordered,
        spec,
        { key: spec.event.key[0] ?? keyField, time: timeField },
        mix(PURPOSE.which, seed, n),
      )
      return { kind: 'invalid', partitionKey, data, eventTimeMs: toldMs }
    },
    duplicateAfter(n) {
      if (chance(PURPOSE.duplicate, seed, n) * 100 >= eventMix.duplicatesPercent) return undefined
      return Math.max(0, n - (mix(PURPOSE.duplicate, n, seed) % simulator.duplicateWithin))
    },
  }
}

function uuidOf(seed: number, n: number): string {
  const part = (index: number) =>
    mix(PURPOSE.id, index, seed, n, Math.floor(n / 4_294_967_296))
      .toString(16)
      .padStart(8, '0')
  const hex = part(0) + part(1) + part(2) + part(3)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Rows by weight 1/rank^skew; with `same`, among those that agree with the row picked before. */
function pickerOf(generator: Extract<FieldGenerator, { kind: 'pick' }>, dimensions: Dimensions) {
  const rows = dimensions.get(generator.dimension)
  if (!rows || rows.length === 0) throw new Error(`The dimension ${generator.dimension} has no rows`)
  const { same } = generator
  if (!same) {
    const pick = weightedRows(rows, generator.skew)
    return (draw: Draw) => pick(draw.next())
  }
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row[same.column] ?? '') ?? []
    groups.set(row[same.column] ?? '', group)
    group.push(row)
  }
  const picks = new Map([...groups].map(([value, group]) => [value, weightedRows(group, generator.skew)]))
  return (draw: Draw, picked: ReadonlyMap<string, Row>) =>
    picks.get(picked.get(same.row)?.[same.column] ?? '')?.(draw.next())
}

function weightedRows(rows: readonly Row[], skew: number): (at: number) => Row | undefined {
  const ends: number[] = []
  rows.forEach((_, index) => void ends.push((ends.at(-1) ?? 0) + 1 / (index + 1) ** skew))
  const total = ends.at(-1) ?? 1
  return at => {
    let low = 0
    let high = rows.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ends[middle] ?? 0) <= at * total) low = middle + 1
      else high = middle
    }
    return rows[low]
  }
}

function chosen(weights: Record<string, number>, at: number): string {
  const entries = Object.entries(weights)
  let left = at * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [value, weight] of entries) {
    left -= weight
    if (left < 0) return value
  }
  return entries[0]?.[0] ?? ''
}

const rounded = (value: number, { min, max, decimals }: { min: number; max: number; decimals: number }): number =>
  Number(Math.min(max, Math.max(min, value)).toFixed(decimals))
