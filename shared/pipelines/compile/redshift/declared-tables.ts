import { statementsOf } from './sql-file.ts'

/** A table as our own DDL declares it: its columns by name, with their types spelled one way. */
export interface DeclaredTable {
  /** As it is written; undefined where the DDL leaves it out. */
  schema: string | undefined
  name: string
  columns: Map<string, string>
  /** Where its last column ends in the file. */
  columnsEnd: number
}

const CREATE = /^create\s+table\s+(?:if\s+not\s+exists\s+)?(?:(\w+)\.)?(\w+)\s*\(/i
const CONSTRAINT = /^(?:primary|unique|foreign|constraint)\b/i
/** Two words at most, then a length or precision and scale. What follows (NOT NULL, ENCODE ...) is no type. */
const COLUMN =
  /^(\w+)\s+(double precision|character varying|(?:timestamp|time)\s+with(?:out)? time zone|\w+)\s*(?:\(([\d\s,]+)\))?/i

/** The tables that a SQL file creates. @throws Error for a column that it cannot read */
export function declaredTables(text: string): DeclaredTable[] {
  return statementsOf(text).flatMap(({ sql, at }) => {
    const found = CREATE.exec(sql)
    const [all = '', schema, name] = found ?? []
    if (name === undefined) return []
    const columns = topLevel(sql.slice(all.length)).filter(part => !CONSTRAINT.test(part.text))
    return [
      {
        schema,
        name,
        columns: new Map(columns.map(part => columnOf(name, part.text))),
        columnsEnd: at + all.length + Math.max(0, ...columns.map(part => part.end)),
      },
    ]
  })
}

function columnOf(table: string, text: string): [string, string] {
  const [, name, type, numbers] = COLUMN.exec(text) ?? []
  if (name === undefined || type === undefined)
    throw new Error(`The DDL of ${table} has a column like no other: ${text}`)
  return [name, columnType(type, numbers?.split(',').map(Number) ?? [])]
}

/** The parts between commas up to the bracket that closes the table; commas in brackets and texts are no ends. */
function topLevel(text: string): { text: string; end: number }[] {
  const parts: { text: string; end: number }[] = []
  let depth = 0
  let begin = 0
  let isText = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === "'") isText = !isText
    if (isText) continue
    if (character === '(') depth++
    else if (character === ')') depth--
    if (depth < 0 || (character === ',' && depth === 0)) {
      const part = text.slice(begin, at)
      if (part.trim() !== '') parts.push({ text: part.trim(), end: begin + part.trimEnd().length })
      begin = at + 1
    }
    if (depth < 0) break
  }
  return parts
}

/** A type as SQL writes it (`NUMERIC(10, 2)`), spelled as `columnType` does. */
export const typeNamed = (type: string): string => columnOf('', `c ${type.trim()}`)[1]

/** Redshift's names for one type (Database Developer Guide, "Data types"), and the short ones of the Data API. */
const SAME: Record<string, string> = {
  int: 'integer',
  int4: 'integer',
  int8: 'bigint',
  int2: 'smallint',
  'character varying': 'varchar',
  nvarchar: 'varchar',
  text: 'varchar',
  character: 'char',
  bpchar: 'char',
  nchar: 'char',
  numeric: 'decimal',
  float: 'double precision',
  float8: 'double precision',
  float4: 'real',
  bool: 'boolean',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
}
/** What a type is without its numbers (the same guide). */
const UNSAID: Record<string, number[]> = { varchar: [256], char: [1], decimal: [18, 0] }

/** A type of a column in one spelling, whoever says it: `varchar(36)`, `decimal(10,2)`, `integer`. */
export function columnType(name: string, numbers: readonly number[]): string {
  const lower = name.toLowerCase().replace(/\s+/g, ' ')
  const type = SAME[lower] ?? lower
  const unsaid = UNSAID[type]
  if (!unsaid) return type
  const said = unsaid.map((number, at) => numbers[at] ?? (at === 0 ? number : 0))
  return `${type}(${said.join(',')})`
}
