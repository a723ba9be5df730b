import type { FieldType } from '../spec/event.ts'
import { decimalType, fitsType, jsonTypes, type TypedMember } from './field-type.ts'
import { sqlName, sqlText } from './sql-text.ts'

/*
 * What makes a field of an event valid, as SQL: conditions and reasons, the first of which that holds goes to
 * quarantine. The SQL reads of an event `_document` (its JSON), `_types` (the JSON types of the fields, in the order of
 * the spec), `_parts` (a struct of their values, cast by DuckDB's JSON) and each field's column.
 */

/** A field of an event, as the spec has it. */
export interface FieldToCompile extends TypedMember {
  required: boolean
  min?: number | undefined
  max?: number | undefined
  maxBytes?: number | undefined
  enum?: readonly string[] | undefined
}

const INT_RANGE = { min: -2_147_483_648, max: 2_147_483_647 }

/** What ISO 8601 can say as ECMAScript has it, and with it the progress: not `infinity`, and no year beyond 275760. */
const GREATEST_MICROS = 8_640_000_000_000_000_000n
const EARLIEST = `make_timestamp(-${GREATEST_MICROS})`
const LATEST = `make_timestamp(${GREATEST_MICROS})`

export const isNested = (type: FieldType): boolean => typeof type === 'object'

/** Where a field is in the JSON of its event, as a JSON pointer. */
export const pointerOf = ({ name }: { name: string }): string => `/${name}`

/** The value of a field in its own type; null where the event's does not fit. */
export function typedValue(field: FieldToCompile): string {
  const part = `_parts.${sqlName(field.name)}`
  if (field.type === 'decimal') return decimalOf(part, decimalType(field))
  if (field.type === 'timestamp') return `case when ${part} between ${EARLIEST} and ${LATEST} then ${part} end`
  return part
}

/**
 * DuckDB 1.5.6 rounds the text `5.5e-7` up to 0.01, as if it were 0.0055 (duckdb/duckdb#23768; JSON writes a number
 * that small so); it rounds the double well.
 */
const decimalOf = (text: string, type: string): string =>
  `case when contains(${text}, 'e-') then try_cast(try_cast(${text} as double) as ${type})
    else try_cast(${text} as ${type}) end`

/** The reasons of one field in the order in which they are tried: condition, then name. `place` counts from 1. */
export function reasonsOf(field: FieldToCompile, place: number, isKey: boolean): [condition: string, reason: string][] {
  const { name, type, required } = field
  const reasons: [string, string][] = []
  const jsonType = `_types[${place}]`
  const value = sqlName(name)
  const isMissing = `(${jsonType} is null or ${jsonType} = 'NULL')`
  const add = (condition: string, reason: string) =>
    reasons.push([required ? condition : `(not ${isMissing} and ${condition})`, `${reason}:${name}`])
  if (required)
    reasons.push([isKey && type === 'string' ? `(${isMissing} or ${value} = '')` : isMissing, `missing:${name}`])
  const allowed = jsonTypes(type)
  if (allowed) add(`${jsonType} not in (${allowed.map(sqlText).join(', ')})`, 'wrong_type')
  if (isNested(type))
    add(`not ${fitsType(`json_extract(_document, ${sqlText(pointerOf(field))})`, field)}`, 'wrong_type')
  if (type === 'timestamp') add(`${value} is null`, 'wrong_type')
  if (type === 'int' || type === 'bigint' || type === 'decimal' || type === 'double')
    add(`(${outside(field).join(' or ')})`, 'out_of_range')
  if (field.maxBytes !== undefined) add(`strlen(${value}) > ${field.maxBytes}`, 'too_long')
  if (field.enum) add(`${value} not in (${field.enum.map(sqlText).join(', ')})`, 'not_in_enum')
  return reasons
}

/** A decimal is held against its bounds as it was written: its own type has rounded it. */
function outside(field: FieldToCompile): string[] {
  const value = sqlName(field.name)
  const exact = field.type === 'decimal' ? `try_cast(_parts.${value} as double)` : value
  const { min, max } =
    field.type === 'int' ? { min: field.min ?? INT_RANGE.min, max: field.max ?? INT_RANGE.max } : field
  return [
    `${value} is null`,
    ...(min === undefined ? [] : [`${exact} < ${min}`]),
    ...(max === undefined ? [] : [`${exact} > ${max}`]),
  ]
}
