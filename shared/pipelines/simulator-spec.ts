import { z } from 'zod'

/**
 * Multiplies a number by what a picked row says: `{ row: 'RestaurantID', column: 'Cuisine', factors: { Sushi: 1.6 } }`.
 */
const RowFactor = z.strictObject({
  row: z.string(),
  column: z.string(),
  factors: z.record(z.string(), z.number().positive()),
})
const bounds = { min: z.number(), max: z.number(), decimals: z.int().min(0).max(6) }
const scaling = { byRow: z.array(RowFactor).default([]), byHour: z.array(z.number().positive()).length(24).optional() }

/** How the value of one field is drawn. A new kind of value is a new member here, never a branch on a pipeline. */
export type FieldGenerator =
  | z.output<(typeof SCALARS)[number]>
  | { kind: 'struct'; members: Record<string, FieldGenerator> }
  | { kind: 'list'; of: FieldGenerator; length: { min: number; max: number } }
  | { kind: 'map'; keys: string[]; of: FieldGenerator; share: number }
  | { kind: 'optional'; of: FieldGenerator; absentShare: number }

const share = z.number().min(0).max(1)

const SCALARS = [
  /** A UUID of the seed and the number of the event. */
  z.strictObject({ kind: z.literal('id') }),
  /** The event time. */
  z.strictObject({ kind: z.literal('clock') }),
  /**
   * The key of a row of a dimension; the first rows are the popular ones. With `same`, of the rows that agree with one
   * picked before.
   */
  z.strictObject({
    kind: z.literal('pick'),
    dimension: z.string(),
    column: z.string(),
    /** 0: all alike; 1: the first as often as the next two together, and so on (Zipf). */
    skew: z.number().min(0).max(2),
    same: z.strictObject({ row: z.string(), column: z.string() }).optional(),
  }),
  z.strictObject({
    kind: z.literal('lognormal'),
    median: z.number().positive(),
    sigma: z.number().positive(),
    ...bounds,
    ...scaling,
  }),
  z.strictObject({
    kind: z.literal('normal'),
    mean: z.number(),
    deviation: z.number().positive(),
    ...bounds,
    ...scaling,
  }),
  /** Any number between two, all alike. */
  z.strictObject({ kind: z.literal('uniform'), ...bounds }),
  /** A part of another field's value, or nothing in `zeroShare` of the cases. */
  z.strictObject({
    kind: z.literal('share'),
    of: z.string(),
    low: z.number(),
    high: z.number(),
    zeroShare: share,
    decimals: z.int().min(0).max(6),
  }),
  z.strictObject({ kind: z.literal('choice'), weights: z.record(z.string(), z.number().positive()) }),
  z.strictObject({ kind: z.literal('boolean'), trueShare: share }),
] as const

const FieldGenerator: z.ZodType<FieldGenerator> = z.discriminatedUnion('kind', [
  ...SCALARS,
  /** An object; rows that its members pick are named by the path, `site.station`. */
  z.strictObject({
    kind: z.literal('struct'),
    get members(): z.ZodType<Record<string, FieldGenerator>> {
      return z.record(z.string(), FieldGenerator)
    },
  }),
  z.strictObject({
    kind: z.literal('list'),
    get of(): z.ZodType<FieldGenerator> {
      return FieldGenerator
    },
    length: z.strictObject({ min: z.int().min(0).max(1_000), max: z.int().min(0).max(1_000) }),
  }),
  /** Each key is there in `share` of the cases. */
  z.strictObject({
    kind: z.literal('map'),
    keys: z.array(z.string()).min(1),
    get of(): z.ZodType<FieldGenerator> {
      return FieldGenerator
    },
    share,
  }),
  /** A value that is left out in `absentShare` of the cases. */
  z.strictObject({
    kind: z.literal('optional'),
    get of(): z.ZodType<FieldGenerator> {
      return FieldGenerator
    },
    absentShare: share,
  }),
])

/** How the simulator makes the events of a pipeline. */
export const SimulatorSpec = z.strictObject({
  /**
   * Event time of the first event of a seed, a Monday at midnight. Fixed, so that the same seed gives the same events
   * on any day.
   */
  epoch: z.iso.datetime(),
  /** Events of an average day of event time. */
  eventsPerDay: z.int().min(1),
  /** Weight of each hour of the day, in UTC, and of each day of the week from Monday. */
  hours: z.array(z.number().positive()).length(24),
  weekdays: z.array(z.number().positive()).length(7),
  /** In the order in which they are drawn: a later one may use an earlier one. */
  fields: z.record(z.string(), FieldGenerator),
  /** Values that follow from another: what was cancelled has no tip. */
  overrides: z
    .array(z.strictObject({ field: z.string(), equals: z.string(), set: z.record(z.string(), z.number()) }))
    .default([]),
  /** How far behind its place a late event's time lies, in hours. */
  lateHours: z.strictObject({ from: z.number().positive(), to: z.number().positive() }),
  /** A duplicate repeats one of the last so many events. */
  duplicateWithin: z.int().min(1),
})
export type SimulatorSpec = z.output<typeof SimulatorSpec>
