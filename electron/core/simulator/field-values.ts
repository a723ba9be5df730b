import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import type { FieldGenerator } from '../../../shared/pipelines/simulator-spec.ts'
import type { FieldType } from '../../../shared/pipelines/spec/event.ts'
import { drawNested, everyPick, type Value } from './nested-values.ts'
import { type Draw, drawOf, mix, PURPOSE } from './random.ts'

export type Row = Record<string, string>
/** The rows of each dimension table, by its name. */
export type Dimensions = ReadonlyMap<string, readonly Row[]>

/** A row of a dimension by a draw, given the rows picked before for the same event. */
type Picker = (draw: Draw, picked: ReadonlyMap<string, Row>) => Row | undefined

/** What a value of an event is drawn from. */
interface Drawing {
  n: number
  seed: number
  /** The path of the value: its field, and the members of it. */
  name: string
  /** What the spec declares; undefined within JSON. */
  type: FieldType | undefined
  draw: Draw
  /** By path. */
  pickers: ReadonlyMap<string, Picker>
  /** Picked so far, by path. */
  rows: Map<string, Row>
  /** Drawn so far, by field. */
  values: Record<string, Value>
  eventTimeMs: number
  /** UTC. */
  hour: number
}

/**
 * Draws the fields of event `n`, in the order of the spec; the same for the same spec, dimensions and seed. A field
 * that is left out is missing.
 */
export function createFieldValues(
  { simulator, event }: Pipeline,
  dimensions: Dimensions,
  seed: number,
): (n: number, eventTimeMs: number) => Record<string, Value> {
  const pickers = new Map(
    Object.entries(simulator.fields)
      .flatMap(([name, generator]) => everyPick(name, generator))
      .map(({ path, pick }) => [path, pickerOf(pick, dimensions)] as const),
  )
  const typeOf = new Map(event.fields.map(({ name, type }) => [name, type]))
  return (n, eventTimeMs) => {
    const values: Record<string, Value> = {}
    const drawing = {
      n,
      seed,
      draw: drawOf(PURPOSE.fields, seed, n),
      pickers,
      rows: new Map<string, Row>(),
      values,
      eventTimeMs,
      hour: new Date(eventTimeMs).getUTCHours(),
    }
    for (const [name, generator] of Object.entries(simulator.fields)) {
      const value = drawValue(generator, { ...drawing, name, type: typeOf.get(name) })
      if (value !== undefined) values[name] = value
    }
    for (const { field, equals, set } of simulator.overrides) if (values[field] === equals) Object.assign(values, set)
    return values
  }
}

function drawValue(generator: FieldGenerator, drawing: Drawing): Value | undefined {
  const { draw } = drawing
  switch (generator.kind) {
    case 'id':
      return uuidOf(drawing.seed, drawing.n)
    case 'clock':
      return new Date(drawing.eventTimeMs).toISOString()
    case 'pick': {
      const row = drawing.pickers.get(drawing.name)?.(draw, drawing.rows)
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
      return drawNested(generator, drawing, drawValue)
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

function uuidOf(seed: number, n: number): string {
  const part = (index: number) =>
    mix(PURPOSE.id, index, seed, n, Math.floor(n / 4_294_967_296))
      .toString(16)
      .padStart(8, '0')
  const hex = part(0) + part(1) + part(2) + part(3)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Rows by weight 1/rank^skew; with `same`, among those that agree with the row picked before. */
function pickerOf(generator: Extract<FieldGenerator, { kind: 'pick' }>, dimensions: Dimensions): Picker {
  const rows = dimensions.get(generator.dimension)
  if (!rows || rows.length === 0) throw new Error(`The dimension ${generator.dimension} has no rows`)
  const { same } = generator
  if (!same) {
    const pick = weightedRows(rows, generator.skew)
    return draw => pick(draw.next())
  }
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row[same.column] ?? '') ?? []
    groups.set(row[same.column] ?? '', group)
    group.push(row)
  }
  const picks = new Map([...groups].map(([value, group]) => [value, weightedRows(group, generator.skew)]))
  return (draw, picked) => picks.get(picked.get(same.row)?.[same.column] ?? '')?.(draw.next())
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
