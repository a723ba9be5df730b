import type { EventField, PipelineSpec } from '../../../shared/pipelines/spec.ts'

/*
 * What makes an event valid, as SQL over the text of its record: the spec's fields become one CASE each, whose first true branch is the
 * reason that goes to quarantine. Types are strict, as JSON has them: a number in quotes is not a number, and 12.5 is not an integer.
 */

const INT_RANGE = { min: -2_147_483_648, max: 2_147_483_647 }

export const sqlText = (value: string): string => `'${value.replaceAll("'", "''")}'`
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The fields as raw JSON values, by one parse of the text: `json_transform(data, '{"OrderID":"JSON",...}')`. */
export const fieldsOf = (spec: PipelineSpec): string =>
  `json_transform(data, ${sqlText(JSON.stringify(Object.fromEntries(spec.event.fields.map(field => [field.name, 'JSON']))))})`

/** The text of a field, out of its quotes. */
const textOf = (field: EventField): string => `json_extract_string(event.${sqlName(field.name)}, '$')`
const jsonTypeOf = (field: EventField): string => `json_type(event.${sqlName(field.name)})`
const isMissing = (field: EventField): string => `(event.${sqlName(field.name)} is null or ${jsonTypeOf(field)} = 'NULL')`

/** The value of a field in its own type; null where the text does not fit. */
export function typedValue(field: EventField): string {
  const text = textOf(field)
  switch (field.type) {
    case 'string':
      return text
    case 'int':
      return `try_cast(${text} as integer)`
    case 'decimal':
      return `try_cast(${text} as decimal(${field.precision ?? 18},${field.scale ?? 0}))`
    case 'timestamp':
      return `try_cast(${text} as timestamp)`
  }
}

const JSON_TYPES: Record<EventField['type'], string[]> = {
  string: ['VARCHAR'],
  int: ['BIGINT', 'UBIGINT'],
  decimal: ['BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT', 'DECIMAL'],
  timestamp: ['VARCHAR'],
}

/** The reasons of one field in the order in which they are looked at: condition, then name. */
export function reasonsOf(field: EventField, isKey: boolean): [condition: string, reason: string][] {
  const reasons: [string, string][] = []
  const present = (condition: string) => (field.required ? condition : `(not ${isMissing(field)} and ${condition})`)
  const text = textOf(field)
  if (field.required) reasons.push([isKey ? `(${isMissing(field)} or ${text} = '')` : isMissing(field), `missing:${field.name}`])
  const types = JSON_TYPES[field.type].map(sqlText).join(', ')
  reasons.push([present(`${jsonTypeOf(field)} not in (${types})`), `wrong_type:${field.name}`])
  if (field.type === 'timestamp') reasons.push([present(`${typedValue(field)} is null`), `wrong_type:${field.name}`])
  if (field.type === 'int' || field.type === 'decimal') {
    const outside = [`${typedValue(field)} is null`]
    const { min, max } = field.type === 'int' ? { min: field.min ?? INT_RANGE.min, max: field.max ?? INT_RANGE.max } : field
    if (min !== undefined) outside.push(`try_cast(${text} as double) < ${min}`)
    if (max !== undefined) outside.push(`try_cast(${text} as double) > ${max}`)
    reasons.push([present(`(${outside.join(' or ')})`), `out_of_range:${field.name}`])
  }
  if (field.maxBytes !== undefined) reasons.push([present(`strlen(${text}) > ${field.maxBytes}`), `too_long:${field.name}`])
  if (field.enum) reasons.push([present(`${text} not in (${field.enum.map(sqlText).join(', ')})`), `not_in_enum:${field.name}`])
  return reasons
}

/** The first reason why an event is invalid, or null: one expression over the columns `data`, `is_utf8` and `event`. */
export function reasonExpression(spec: PipelineSpec): string {
  const keys = new Set(spec.event.key)
  const reasons: [string, string][] = [
    ['not is_utf8', 'not_utf8'],
    ['event is null', 'not_json'],
    ...spec.event.fields.flatMap(field => reasonsOf(field, keys.has(field.name))),
  ]
  return `case ${reasons.map(([condition, reason]) => `when ${condition} then ${sqlText(reason)}`).join(' ')} end`
}
