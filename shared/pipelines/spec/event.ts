import { z } from 'zod'
import { identifier } from './names.ts'

export const SCALAR_TYPES = ['string', 'int', 'bigint', 'double', 'decimal', 'boolean', 'timestamp', 'json'] as const
export type ScalarType = (typeof SCALAR_TYPES)[number]

/**
 * The type of a value in an event's JSON. `int` has 32 bits, `bigint` 64; `timestamp` is ISO 8601 text; `json` is any
 * JSON, kept as its text. Keys of a `map` are text.
 */
export type FieldType = ScalarType | { list: FieldType } | { map: FieldType } | { struct: StructMember[] }
export interface StructMember {
  name: string
  type: FieldType
  /** For `decimal`. */
  precision?: number | undefined
  scale?: number | undefined
}

const FieldTypeSchema: z.ZodType<FieldType> = z.lazy(() =>
  z.union([
    z.enum(SCALAR_TYPES),
    z.strictObject({ list: FieldTypeSchema }),
    z.strictObject({ map: FieldTypeSchema }),
    z.strictObject({ struct: z.array(StructMemberSchema).min(1) }),
  ]),
)
const StructMemberSchema: z.ZodType<StructMember> = z.lazy(() =>
  z.strictObject({
    name: identifier,
    type: FieldTypeSchema,
    precision: z.int().min(1).max(38).optional(),
    scale: z.int().min(0).max(37).optional(),
  }),
)

/** One field of an event. `required` fields that are missing, null or of another type make the event invalid. */
export const EventField = z.strictObject({
  name: identifier,
  type: FieldTypeSchema,
  required: z.boolean().default(true),
  /** For `decimal`: digits in all and behind the point. */
  precision: z.int().min(1).max(38).optional(),
  scale: z.int().min(0).max(37).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  /** For `string`: the longest value in UTF-8 bytes, as Redshift counts a VARCHAR. */
  maxBytes: z.int().min(1).max(65_535).optional(),
  enum: z.array(z.string()).min(1).optional(),
  /** The unit shown with the number: `min`, `USD`. */
  unit: z.string().optional(),
  /** The dimension table and its key that the value must be found in; a miss is a finding, not an invalid event. */
  references: z.strictObject({ dimension: identifier, column: identifier }).optional(),
  description: z.string(),
})
export type EventField = z.infer<typeof EventField>

/** A type of event: what one JSON object of a source holds. */
export const EventType = z.strictObject({
  /** One of them, as pages and logs call it: `order`. */
  noun: z.string().regex(/^[a-z][a-z -]*$/, 'small letters'),
  /** Several of them: `orders`. */
  plural: z.string().regex(/^[a-z][a-z -]*$/, 'small letters'),
  /** The fields that identify an event. */
  key: z.array(identifier).min(1),
  /** The field of the event time. */
  time: identifier,
  fields: z.array(EventField).min(1),
  /** Rules over several fields: SQL (DuckDB's) that is true for a valid event; `reason` goes to the quarantine. */
  checks: z.array(z.strictObject({ reason: identifier, expression: z.string() })).default([]),
})
export type EventType = z.infer<typeof EventType>
