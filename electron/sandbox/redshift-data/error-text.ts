import { RedshiftError } from './dialect/statement.ts'
import { columnsOfSource, qualified, tablesOf } from './named-tables.ts'

type Say = (found: RegExpExecArray, sql: string) => string

/**
 * What DuckDB says, and how Redshift says it; the first that matches is taken. The words are those of PostgreSQL 8
 * where the leader node refuses, and of the compute nodes where values do not fit (Developer Guide, and messages as
 * they are reported by users).
 */
const TEXTS: [RegExp, Say][] = [
  // Names.
  [
    /Table with name "[^"]+" does not exist because schema "([^"]+)" does not exist/,
    found => `schema "${lower(found[1])}" does not exist`,
  ],
  [/Schema with name "?([^\s"!]+)"? does not exist/, found => `schema "${lower(found[1])}" does not exist`],
  [
    /(Table|View) with name "?([^"!]+?)"? does not exist/,
    (found, sql) =>
      /^\s*drop\b/i.test(sql)
        ? `${found[1]} "${lower(found[2])}" does not exist`
        : `relation "${qualified(lower(found[2]), sql)}" does not exist`,
  ],
  [/Sequence with name "?([^"!]+?)"? does not exist/, found => `relation "${lower(found[1])}" does not exist`],
  [
    /Referenced column "([^"]+)" not found/,
    (found, sql) => `column "${lower(found[1])}" does not exist${columnsOfSource(sql)}`,
  ],
  [
    /Table "([^"]+)" does not have a column named "([^"]+)"/,
    found => `column ${lower(found[1])}.${lower(found[2])} does not exist`,
  ],
  [
    /Table "([^"]+)" does not have a column with name "([^"]+)"/,
    found => `column "${lower(found[2])}" of relation "${lower(found[1])}" does not exist`,
  ],
  [
    /Referenced update column (\S+) not found in table/,
    (found, sql) => `column "${lower(found[1])}" of relation "${tablesOf(sql)[0] ?? ''}" does not exist`,
  ],
  [
    /column (?:with name )?"?([^\s"]+)"? (?:does not exist|not found)/i,
    found => `column "${lower(found[1])}" does not exist`,
  ],
  [/Referenced table "([^"]+)" not found/, found => `missing FROM-clause entry for table "${lower(found[1])}"`],
  [/Function with name (\S+) does not exist/, found => `function ${found[1]}() does not exist`],
  [/Ambiguous reference to table "([^"]+)"/, found => `table name "${lower(found[1])}" specified more than once`],
  [/Ambiguous reference to column name "([^"]+)"/, found => `column reference "${lower(found[1])}" is ambiguous`],
  [/(?:Table|View) with name "?([^\s"!]+)"? already exists/, found => `Relation "${lower(found[1])}" already exists`],
  [/Schema with name "?([^\s"!]+)"? already exists/, found => `Schema "${lower(found[1])}" already exists`],
  [
    /Column with name "?([^\s"!]+)"? already exists/,
    (found, sql) =>
      /^\s*alter\b/i.test(sql)
        ? `column "${lower(found[1])}" of relation "${tablesOf(sql)[0] ?? ''}" already exists`
        : `column "${lower(found[1])}" specified more than once`,
  ],
  [
    /Cannot drop entry "([^"]+)" because there are entries that depend on it/,
    (found, sql) =>
      `cannot drop ${/drop\s+(\w+)/i.exec(sql)?.[1]?.toLowerCase() ?? 'table'} ${found[1]} because other objects ` +
      'depend on it',
  ],

  // What the engine below refuses to touch.
  [/Permission Error: Cannot access (?:file|directory) "(.*?)"/s, found => `relation "${found[1]}" does not exist`],
  [/Cannot write to database .* read-only mode/, () => 'transaction is read-only'],
  [/maximum_object_size|Maximum line size/i, () => 'Invalid input line: longer than 4 MB'],
  [
    /max_temp_directory_size|Out of Memory Error/i,
    () => 'Disk Full: the statement needs more memory and disk than the sandbox gives to SQL',
  ],
  [
    /Max expression depth limit|memory exhausted/,
    () => 'stack depth limit exceeded: the statement is nested too deeply',
  ],

  // Shapes of queries.
  [/syntax error at or near "([^"]*)"/, found => `syntax error at or near "${found[1]}"`],
  [
    /column "([^"]+)" must appear in the GROUP BY clause/,
    (found, sql) => {
      const [table, another] = tablesOf(sql)
      const name = table && !another ? `${table}.${lower(found[1])}` : lower(found[1])
      return `column "${name}" must appear in the GROUP BY clause or be used in an aggregate function`
    },
  ],
  [/WHERE clause cannot contain aggregates/, () => 'aggregates not allowed in WHERE clause'],
  [/GROUP BY clause cannot contain aggregates/, () => 'aggregates not allowed in GROUP BY clause'],
  [
    /(?:WHERE|HAVING|GROUP BY) clause cannot contain window functions/,
    () => 'window functions not allowed in this clause',
  ],
  [/aggregate function calls cannot be nested/, () => 'aggregate function calls may not be nested'],
  [
    /Set operations can only apply to expressions with the same number of result columns/,
    (_, sql) =>
      `each ${/\b(union|intersect|except|minus)\b/i.exec(sql)?.[1]?.toUpperCase() ?? 'UNION'} query must have ` +
      'the same number of columns',
  ],
  [
    /More than one row returned by a subquery used as an expression/,
    () => 'single-row subquery returns more than one row',
  ],
  [/(?:Subquery returns|subquery must return) .* column/i, () => 'subquery must return only one column'],
  [/LIMIT\/OFFSET cannot be negative/, () => 'LIMIT must not be negative'],
  [
    /expected (\d+) columns but (\d+) values were supplied/,
    found => insertMismatch(Number(found[1]), Number(found[2])),
  ],
  [/has (\d+) columns but (\d+) values were supplied/, found => insertMismatch(Number(found[1]), Number(found[2]))],
  [
    /(?:for the function call "|argument types ')([^\s("']+)\(([^)]*)\)/,
    found => noFunction(found[1] ?? '', found[2] ?? ''),
  ],

  // Values that do not fit.
  [/division by zero/i, () => 'division by zero'],
  [
    /CHECK constraint failed.*strlen\([^)]*\) <= (\d+)/,
    found => `value too long for type character varying(${found[1]})`,
  ],
  [/NOT NULL constraint failed: (?:[^.\s]+\.)?(\S+)/, found => `Cannot insert a NULL value into column ${found[1]}`],
  [
    /Could not convert string ['"](.*)['"] to (U?INT\d+|BIGINT|INTEGER|SMALLINT)/s,
    (found, sql) => noInteger(found[1] ?? '', found[2] ?? '', sql),
  ],
  [
    /Could not convert string ['"](.*)['"] to (?:DECIMAL\S*)/s,
    found => (isNumber(found[1]) ? OVERFLOW : `invalid input syntax for type numeric: "${found[1]}"`),
  ],
  [
    /Could not convert string ['"](.*)['"] to (?:DOUBLE|FLOAT)/s,
    found => `invalid input syntax for type double precision: "${found[1]}"`,
  ],
  [/Could not convert string ['"](.*)['"] to BOOL/s, found => `invalid input syntax for type boolean: "${found[1]}"`],
  [
    /Could not convert string ['"](.*)['"] to INTERVAL/s,
    found => `invalid input syntax for type interval: "${found[1]}"`,
  ],
  [/Could not cast value .* to DECIMAL/, () => OVERFLOW],
  [/Overflow in .* of DECIMAL/, () => OVERFLOW],
  [/destination type INT(16|32|64)/, found => outOfRange(found[1])],
  [/Overflow in .* of INT(16|32|64)/, found => outOfRange(found[1])],
  [
    /invalid (date|timestamp|time) field format: "(.*?)"/s,
    found => `invalid input syntax for type ${found[1]}: "${found[2]}"`,
  ],
  [
    /(?:date|timestamp|time) field value out of range: "(.*?)"/s,
    found => `date/time field value out of range: "${found[1]}"`,
  ],
  [
    /Could not parse string "(.*)" according to format specifier/s,
    (_, sql) => `Error converting text to ${/to_timestamp/i.test(sql) ? 'timestamp' : 'date'}`,
  ],
  [/Malformed JSON/, () => 'JSON parsing error'],

  // Transactions.
  [
    /Conflict on (?:tuple|update)|write-write conflict|Transaction conflict/i,
    () => '1023 Detail: Serializable isolation violation on table',
  ],
  [
    /Current transaction is aborted/,
    () => 'current transaction is aborted, commands ignored until end of transaction block',
  ],
  [/MERGE.*(?:same row|multiple)|affect row a second time/i, () => 'Found multiple matches to update the same tuple.'],
  [/INTERRUPT/, () => "Query cancelled on user's request"],
]

const OVERFLOW = 'Numeric data overflow (result precision)'
const lower = (name: string | undefined): string => (name ?? '').toLowerCase()
const isNumber = (text: string | undefined): boolean => /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text ?? '')
const outOfRange = (bits: string | undefined): string => `Value out of range for ${Number(bits) / 8} bytes.`
const insertMismatch = (columns: number, values: number): string =>
  values > columns
    ? 'INSERT has more expressions than target columns'
    : 'INSERT has more target columns than expressions'

/**
 * A cast of a literal is folded by the leader node, in PostgreSQL's words; one of a table's values fails on the compute
 * nodes.
 */
function noInteger(text: string, type: string, sql: string): string {
  const bits = /\d+/.exec(type)?.[0] ?? { SMALLINT: '16', INTEGER: '32', BIGINT: '64' }[type] ?? '32'
  if (/^\s*[-+]?\d+\s*$/.test(text)) return outOfRange(bits)
  if (!/\bfrom\b/i.test(sql)) return `invalid input syntax for integer: "${text}"`
  const place = text.search(/[^\d+-]/)
  return (
    `Invalid digit, Value '${text[place] ?? text}', Pos ${Math.max(0, place)}, Type: ` +
    `${{ 16: 'Short', 64: 'Long' }[bits] ?? 'Integer'}`
  )
}

/** Redshift's names of the types that DuckDB says a call was made with. */
const ARGUMENTS: Record<string, string> = {
  VARCHAR: 'character varying',
  STRING_LITERAL: '"unknown"',
  INTEGER_LITERAL: 'integer',
  DOUBLE: 'double precision',
  FLOAT: 'real',
  HUGEINT: 'numeric',
  TIMESTAMP: 'timestamp without time zone',
  'TIMESTAMP WITH TIME ZONE': 'timestamp with time zone',
  JSON: 'super',
}
function noFunction(name: string, types: string): string {
  const known = types
    .split(', ')
    .filter(Boolean)
    .map(type => ARGUMENTS[type] ?? type.replace(/^DECIMAL.*/, 'numeric').toLowerCase())
  if (/^\w/.test(name)) return `function ${name.replace(/^sluice_/, '')}(${known.join(', ')}) does not exist`
  return `operator does not exist: ${known.length > 1 ? `${known[0]} ${name} ${known[1]}` : `${name} ${known[0]}`}`
}

/**
 * The error of a statement as Redshift words it: `ERROR: relation "x" does not exist`. `sql`, as it was sent, says
 * what DuckDB does not: schemas of tables, tables of columns.
 */
export function errorText(error: unknown, sql = ''): string {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof RedshiftError) return `ERROR: ${message}`
  for (const [pattern, say] of TEXTS) {
    const found = pattern.exec(message)
    if (found) return `ERROR: ${say(found, sql)}`
  }
  return `ERROR: ${message.split('\n')[0]?.replace(/^\w[\w ]*Error: /, '')}`
}
