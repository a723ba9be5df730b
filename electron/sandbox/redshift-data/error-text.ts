import { RedshiftError } from './dialect/statement.ts'

/** What DuckDB says, and how Redshift says it. The first that matches is taken. */
const TEXTS: [RegExp, (found: RegExpExecArray) => string][] = [
  [/Table with name "?([^\s"!]+)"? does not exist/, found => `relation "${found[1]?.toLowerCase()}" does not exist`],
  [/Schema with name "?([^\s"!]+)"? does not exist/, found => `schema "${found[1]?.toLowerCase()}" does not exist`],
  [/Referenced column "([^"]+)" not found/, found => `column "${found[1]?.toLowerCase()}" does not exist`],
  [
    /(?:column|Column) (?:with name )?"?([^\s"]+)"? (?:does not exist|not found)/i,
    found => `column "${found[1]?.toLowerCase()}" does not exist`,
  ],
  [/Referenced table "([^"]+)" not found/, found => `missing FROM-clause entry for table "${found[1]?.toLowerCase()}"`],
  [
    /(?:Scalar|Aggregate|Table|Macro)? ?Function with name (\S+) does not exist/,
    found => `function ${found[1]}() does not exist`,
  ],
  [/(?:Table|View) with name "?([^\s"!]+)"? already exists/, found => `Relation "${found[1]?.toLowerCase()}" already exists`],
  [/Schema with name "?([^\s"!]+)"? already exists/, found => `Schema "${found[1]?.toLowerCase()}" already exists`],
  [/division by zero/, () => 'division by zero'],
  [/CHECK constraint failed.*strlen\([^)]*\) <= (\d+)/, found => `value too long for type character varying(${found[1]})`],
  [/NOT NULL constraint failed: (?:[^.\s]+\.)?(\S+)/, found => `Cannot insert a NULL value into column ${found[1]}`],
  [
    /Could not convert string ['"](.*)['"] to (?:INT|INTEGER|BIGINT|SMALLINT)/,
    found => `invalid input syntax for integer: "${found[1]}"`,
  ],
  [
    /Could not convert string ['"](.*)['"] to (?:DECIMAL\S*|DOUBLE|FLOAT)/,
    found => `invalid input syntax for type numeric: "${found[1]}"`,
  ],
  [/(?:invalid (?:date|timestamp) field format: "(.*?)")/, found => `invalid input syntax for type timestamp: "${found[1]}"`],
  [/syntax error at or near "([^"]*)"/, found => `syntax error at or near "${found[1]}"`],
  [/must appear in the GROUP BY clause/, () => 'column must appear in the GROUP BY clause or be used in an aggregate function'],
  [
    /Conflict on (?:tuple|update)|write-write conflict|Transaction conflict/i,
    () => '1023 Detail: Serializable isolation violation on table',
  ],
  [/MERGE.*(?:same row|multiple)|affect row a second time/i, () => 'Found multiple matches to update the same tuple.'],
  [/INTERRUPT/, () => "Query cancelled on user's request"],
]

/** The error of a statement as Redshift words it: `ERROR: relation "x" does not exist`. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof RedshiftError) return `ERROR: ${message}`
  for (const [pattern, say] of TEXTS) {
    const found = pattern.exec(message)
    if (found) return `ERROR: ${say(found)}`
  }
  return `ERROR: ${message.split('\n')[0]?.replace(/^\w[\w ]*Error: /, '')}`
}
