import type { EventField, Pipeline } from '../../../shared/pipelines/pipeline.ts'

/*
 * What makes an event valid, as SQL over the text of its record: the spec's fields become one CASE each, whose first
 * true branch is the reason that goes to quarantine. Types are strict, as JSON has them: a number in quotes is not a
 * number, and 12.5 is not an integer.
 */

const INT_RANGE = { min: -2_147_483_648, max: 2_147_483_647 }

/** What ISO 8601 can say as ECMAScript has it, and with it the progress: not `infinity`, and no year beyond 275760. */
const GREATEST_MICROS = 8_640_000_000_000_000_000n
const EARLIEST = `make_timestamp(-${GREATEST_MICROS})`
const LATEST = `make_timestamp(${GREATEST_MICROS})`

export const sqlText = (value: string): string => `'${value.replaceAll("'", "''")}'`
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Where a field is in the JSON of its event, as a JSON pointer: any name can be one. */
const pointerOf = (field: EventField): string => `/${field.name.replaceAll('~', '~0').replaceAll('/', '~1')}`

/**
 * The JSON types and the texts (out of their quotes) of an event's fields, as two lists in the order of the spec; both
 * null when the text is not a JSON object. Two parses of the whole event are three times as fast as taking it apart and
 * parsing each field.
 */
export function partsOf(spec: Pipeline): { types: string; texts: string } {
  const pointers = `[${spec.event.fields.map(field => sqlText(pointerOf(field))).join(', ')}]`
  const guarded = (expression: string) => `case when is_object then ${expression} end`
  return { types: guarded(`json_type(data, ${pointers})`), texts: guarded(`json_extract_string(data, ${pointers})`) }
}

/**
 * A record is looked into only when it is this. A CASE, because AND evaluates both sides, and `json_type` fails on what
 * is not JSON.
 */
export const IS_OBJECT = "case when is_utf8 and json_valid(data) then json_type(data) = 'OBJECT' else false end"

const textAt = (place: number): string => `texts[${place}]`

/** The value of a field in its own type; null where the text does not fit. `place` is its place in the spec, from 1. */
export function typedValue(field: EventField, place: number): string {
  const text = textAt(place)
  switch (builtType(field)) {
    case 'string':
      return text
    case 'int':
      return `try_cast(${text} as integer)`
    case 'decimal':
      return decimalOf(text, `decimal(${field.precision ?? 18},${field.scale ?? 0})`)
    case 'timestamp':
      return `case when try_cast(${text} as timestamp) between ${EARLIEST} and ${LATEST} then try_cast(${text} as timestamp) end`
  }
}

/**
 * DuckDB rounds the text `5.5e-7` up to 0.01, as if it were 0.0055 (a number that small is written so); it rounds the
 * double well.
 */
const decimalOf = (text: string, type: string): string =>
  `case when contains(${text}, 'e-') then try_cast(try_cast(${text} as double) as ${type}) else try_cast(${text} as ${type}) end`

/** `resolve-pipeline.ts` lets no other type through. */
type BuiltType = 'string' | 'int' | 'decimal' | 'timestamp'
function builtType({ name, type }: EventField): BuiltType {
  if (type === 'string' || type === 'int' || type === 'decimal' || type === 'timestamp') return type
  throw new Error(`The field ${name} has a type that the rules do not know: ${JSON.stringify(type)}`)
}

const JSON_TYPES: Record<BuiltType, string[]> = {
  string: ['VARCHAR'],
  int: ['BIGINT', 'UBIGINT'],
  decimal: ['BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT', 'DECIMAL'],
  timestamp: ['VARCHAR'],
}

/**
 * The reasons of one field in the order in which they are looked at: condition, then name. The conditions read `types`,
 * `texts` and the field's typed column.
 */
function reasonsOf(field: EventField, place: number, isKey: boolean): [condition: string, reason: string][] {
  const reasons: [string, string][] = []
  const type = `types[${place}]`
  const text = textAt(place)
  const value = sqlName(field.name)
  const isMissing = `(${type} is null or ${type} = 'NULL')`
  const present = (condition: string) => (field.required ? condition : `(not ${isMissing} and ${condition})`)
  if (field.required) reasons.push([isKey ? `(${isMissing} or ${text} = '')` : isMissing, `missing:${field.name}`])
  const allowed = JSON_TYPES[builtType(field)].map(sqlText).join(', ')
  reasons.push([present(`${type} not in (${allowed})`), `wrong_type:${field.name}`])
  if (field.type === 'timestamp') reasons.push([present(`${value} is null`), `wrong_type:${field.name}`])
  if (field.type === 'int' || field.type === 'decimal') {
    const outside = [`${value} is null`]
    // A decimal is held against its bounds as it was written: its own type has rounded it.
    const exact = field.type === 'int' ? value : `try_cast(${text} as double)`
    const { min, max } =
      field.type === 'int' ? { min: field.min ?? INT_RANGE.min, max: field.max ?? INT_RANGE.max } : field
    if (min !== undefined) outside.push(`${exact} < ${min}`)
    if (max !== undefined) outside.push(`${exact} > ${max}`)
    reasons.push([present(`(${outside.join(' or ')})`), `out_of_range:${field.name}`])
  }
  if (field.maxBytes !== undefined)
    reasons.push([present(`strlen(${value}) > ${field.maxBytes}`), `too_long:${field.name}`])
  if (field.enum)
    reasons.push([present(`${value} not in (${field.enum.map(sqlText).join(', ')})`), `not_in_enum:${field.name}`])
  return reasons
}

/**
 * The first reason why an event is invalid, or null: over `is_utf8`, `is_object`, `types`, `texts` and the typed
 * columns.
 */
export function reasonExpression(spec: Pipeline): string {
  const keys = new Set(spec.event.key)
  const reasons: [string, string][] = [
    ['not is_utf8', 'not_utf8'],
    ['not is_object', 'not_json'],
    ...spec.event.fields.flatMap((field, index) => reasonsOf(field, index + 1, keys.has(field.name))),
  ]
  return `case ${reasons.map(([condition, reason]) => `when ${condition} then ${sqlText(reason)}`).join(' ')} end`
}
