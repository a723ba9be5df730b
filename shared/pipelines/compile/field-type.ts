import type { FieldType, ScalarType, StructMember } from '../spec/event.ts'
import { sqlText } from './sql-text.ts'

/*
 * The types of an event's values, and what DuckDB makes of each. A type is strict, as JSON has them: a number in quotes
 * is not a number, and 12.5 is not an integer.
 */

/** A member of a struct, or a field. */
export type TypedMember = StructMember

/** `DECIMAL(18,0)`, when its digits are not said. */
export const decimalType = ({ precision = 18, scale = 0 }: Pick<TypedMember, 'precision' | 'scale'>): string =>
  `DECIMAL(${precision},${scale})`

/** What `json_type` says of a value that may be of the type; any for `json`. */
export function jsonTypes(type: FieldType): readonly string[] | undefined {
  if (typeof type === 'object') return 'list' in type ? ['ARRAY'] : ['OBJECT']
  return JSON_TYPES[type]
}

const INTEGERS = ['BIGINT', 'UBIGINT']
const NUMBERS = [...INTEGERS, 'DOUBLE', 'HUGEINT', 'DECIMAL']
const JSON_TYPES: Record<ScalarType, readonly string[] | undefined> = {
  string: ['VARCHAR'],
  int: INTEGERS,
  bigint: INTEGERS,
  double: NUMBERS,
  decimal: NUMBERS,
  boolean: ['BOOLEAN'],
  timestamp: ['VARCHAR'],
  json: undefined,
}

/**
 * A type in the structure that `from_json` takes, as JSON. Decimals are read as they were written and cast after: read
 * by DuckDB's JSON they are doubles first, and 1.005 has lost its half.
 */
export function jsonStructure(member: TypedMember): unknown {
  const { type } = member
  if (typeof type === 'object') {
    if ('list' in type) return [structureOf(type.list)]
    if ('map' in type) return `MAP(VARCHAR, ${duckdbType({ ...member, type: type.map })})`
    return Object.fromEntries(type.struct.map(one => [one.name, structureOf(one.type, one)]))
  }
  return type === 'decimal' ? 'VARCHAR' : duckdbType(member)
}

/** Inside of a value, decimals are what DuckDB's JSON makes of them. */
function structureOf(type: FieldType, member: Omit<TypedMember, 'name' | 'type'> = {}): unknown {
  return type === 'decimal' ? decimalType(member) : jsonStructure({ name: '', type, ...member })
}

/** The type of a value in DuckDB. */
export function duckdbType(member: Omit<TypedMember, 'name'>): string {
  const { type } = member
  if (typeof type === 'object') {
    if ('list' in type) return `${duckdbType({ type: type.list })}[]`
    if ('map' in type) return `MAP(VARCHAR, ${duckdbType({ type: type.map })})`
    return `STRUCT(${type.struct.map(one => `"${one.name}" ${duckdbType(one)}`).join(', ')})`
  }
  return type === 'decimal' ? decimalType(member) : DUCKDB_TYPES[type]
}

const DUCKDB_TYPES: Record<Exclude<ScalarType, 'decimal'>, string> = {
  string: 'VARCHAR',
  int: 'INTEGER',
  bigint: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
  json: 'JSON',
}

/**
 * Whether the JSON in `json` has the type, members of members included, as a condition. A member that is missing or
 * null has every type.
 */
export function fitsType(json: string, member: Omit<TypedMember, 'name'>, depth = 0): string {
  const { type } = member
  const allowed = jsonTypes(type)
  if (!allowed) return 'true'
  const isOfType = `json_type(${json}) in (${allowed.map(sqlText).join(', ')})`
  const inside = `(${json} is null or json_type(${json}) = 'NULL' or (${isOfType}`
  const each = `e${depth}`
  const all = (path: string, of: Omit<TypedMember, 'name'>) =>
    `len(list_filter(json_extract(${json}, '${path}'), lambda ${each}: not ${fitsType(each, of, depth + 1)})) = 0`
  if (typeof type === 'object') {
    if ('list' in type) return `${inside} and ${all('$[*]', { type: type.list })}))`
    if ('map' in type) return `${inside} and ${all('$.*', { type: type.map })}))`
    const members = type.struct.map(one => fitsType(`json_extract(${json}, '/${one.name}')`, one, depth))
    return `${inside} and ${members.join(' and ')}))`
  }
  const text = `${json}->>'$'`
  const isCast =
    type === 'string' || type === 'boolean' ? '' : ` and try_cast(${text} as ${duckdbType(member)}) is not null`
  return `${inside}${isCast}))`
}
