import type { JobPlan } from '../../job/plan.ts'
import { placeNames } from '../provenance.ts'
import type { SourceSpec } from '../spec/source.ts'
import { type FieldToCompile, pointerOf, reasonsOf, typedValue } from './field.ts'
import { jsonStructure } from './field-type.ts'
import { sqlName, sqlText } from './sql-text.ts'

/** What is judged: the events of a query. */
export interface EventToCompile {
  key: readonly string[]
  time: string
  fields: readonly FieldToCompile[]
  /** SQL that is true for a valid event. */
  checks: readonly { reason: string; expression: string }[]
}

/** A column of the sink: its type there, and the SQL that fills it. */
export interface ColumnToCompile {
  name: string
  type: string
  expression: string
}

/** Whether a rule holds for an event: one that cannot be computed, or gives null, does not. */
export const ruleSql = (expression: string): string => `coalesce(try((${expression})), false)`

/*
 * Columns of the SQL's own begin with an underscore, which fields of events never do: an event may have a field that is
 * called `reason`, or `ordinal`.
 */
const OF_RECORD = ['ordinal', 'partition_id', 'record_offset', 'partition_key', 'arrived_at'] as const
const RECORD = OF_RECORD.map(name => `_${name}`).join(', ')
const IS_VALID = '_reason is null and not _is_late'

/** The SQL that judges the records of a batch: what a plan calls `judge`. */
export function judgeSql(
  kind: SourceSpec['kind'],
  event: EventToCompile,
  columns: readonly ColumnToCompile[],
): JobPlan['judge'] {
  const valid = `select * from judged where ${IS_VALID} and _ordinal not in (select _ordinal from repeated)`
  return {
    statements: [judged(event), repeated(event.key)],
    counts: `select count(*), count(_reason), count(*) filter (where _is_late), (select count(*) from repeated),
      ${['min(ms)', 'max(ms)', 'cast(floor(avg(ms) + 0.5) as bigint)'].join(', ')}
      from (select _reason, _is_late, case when ${IS_VALID} then epoch_ms(${sqlName(event.time)}) end as ms
        from judged)`,
    quarantine: `select _ordinal, case when _is_late then 'late' else 'invalid' end as kind,
      coalesce(_reason, 'late') as reason
      from judged where _reason is not null or _is_late order by _ordinal`,
    staged: `select ${columns.map(filled).join(', ')}
      from (select *, ${provenance(kind)} from (${valid})) order by _ordinal`,
    rows: rows(kind, event, columns),
  }
}

/** What expressions of columns may use beside the event's fields, with its type in DuckDB. */
export const recordNames = (kind: SourceSpec['kind']): Readonly<Record<string, string>> => ({
  [placeNames(kind).partition.name]: 'varchar',
  [placeNames(kind).offset.name]: 'varchar',
  partitionKey: 'varchar',
  arrivedAt: 'timestamp',
  batchId: 'bigint',
})

const provenance = (kind: SourceSpec['kind']): string =>
  [
    `_partition_id as ${placeNames(kind).partition.name}`,
    `_record_offset as ${placeNames(kind).offset.name}`,
    "_partition_key as partitionKey, _arrived_at as arrivedAt, getvariable('batch_id') as batchId",
  ].join(', ')

/** A column of the type SUPER is loaded as the text of its JSON. */
export const isSuper = ({ type }: ColumnToCompile): boolean => /^super$/i.test(type.trim())

/** The value of a column as it is staged. */
export const valueSql = (column: ColumnToCompile): string =>
  isSuper(column) ? `cast(to_json(${column.expression}) as varchar)` : column.expression
const filled = (column: ColumnToCompile): string => `${valueSql(column)} as ${sqlName(column.name)}`

/** The text of a record that is a JSON object, else null: what is no JSON, DuckDB's JSON functions fail on. */
const DOCUMENT = "case when is_utf8 and json_valid(data) and starts_with(ltrim(data, e' \\t\\n\\r'), '{') then data end"

/**
 * Each record with its fields in their types, why it is invalid, if it is, and whether it is late. Two parses of the
 * whole event, one for its types and one for its values, are three times as fast as taking it apart and parsing each
 * field.
 */
function judged({ key, time, fields, checks }: EventToCompile): string {
  const keys = new Set(key)
  const reasons: [string, string][] = [
    ['not _is_utf8', 'not_utf8'],
    ['_document is null', 'not_json'],
    ...fields.flatMap((field, index) => reasonsOf(field, index + 1, keys.has(field.name))),
  ]
  const pointers = `[${fields.map(field => sqlText(pointerOf(field))).join(', ')}]`
  const structure = sqlText(JSON.stringify(Object.fromEntries(fields.map(field => [field.name, jsonStructure(field)]))))
  const checked = checks.map(check => `when not ${ruleSql(check.expression)} then ${sqlText(`check:${check.reason}`)}`)
  const reason = checked.length === 0 ? '_field_reason' : `coalesce(_field_reason, case ${checked.join(' ')} end)`
  return `create or replace temp table judged as
    select *, _reason is null and coalesce(${sqlName(time)} < getvariable('watermark'), false) as _is_late from (
      select * exclude (_field_reason), ${reason} as _reason from (
        select ${RECORD}, ${fields.map(field => sqlName(field.name)).join(', ')}, ${caseOf(reasons)} as _field_reason
          from (
          select *, ${fields.map(field => `${typedValue(field)} as ${sqlName(field.name)}`).join(', ')} from (
            select *, json_type(_document, ${pointers}) as _types, from_json(_document, ${structure}) as _parts from (
              select ${OF_RECORD.map(name => `${name} as _${name}`).join(', ')}, is_utf8 as _is_utf8,
                ${DOCUMENT} as _document
              from raw)))))`
}

const caseOf = (reasons: readonly [string, string][]): string =>
  `case ${reasons.map(([condition, reason]) => `when ${condition} then ${sqlText(reason)}`).join(' ')} end`

/** The valid rows that are not the first of their key in the batch: few, so only the keys of these are joined. */
function repeated(key: readonly string[]): string {
  const keys = key.map(sqlName).join(', ')
  const same = key.map(name => `judged.${sqlName(name)} is not distinct from several.${sqlName(name)}`).join(' and ')
  return `create or replace temp table repeated as
    select judged._ordinal from judged join (
      select ${keys}, min(_ordinal) as _first from judged where ${IS_VALID}
        group by ${keys} having count(*) > 1) several
    on ${same} where ${IS_VALID} and judged._ordinal > several._first`
}

function rows(kind: SourceSpec['kind'], { key, time }: EventToCompile, columns: readonly ColumnToCompile[]): string {
  const ofEvent = columns.filter(column => !/\bbatchId\b/.test(column.expression))
  const values = ofEvent.map(
    column => `case when _reason is null then ${valueSql(column)} end as ${sqlName(column.name)}`,
  )
  const keys = key.map((name, place) => `cast(${sqlName(name)} as varchar) as _key${place}`)
  return `select _ordinal, case when _reason is null then 'valid' else 'invalid' end as _verdict, _reason,
    ${[`${sqlName(time)} as _time`, ...keys, ...values].join(', ')}
      from (select *, ${provenance(kind)} from judged) order by _ordinal`
}
