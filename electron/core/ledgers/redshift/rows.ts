import { type CellValue, runStatement } from '../../statements/run-statement.ts'
import type { KeyValues, LoadedRow } from '../ledger.ts'
import type { RedshiftTables } from './tables.ts'

/** The row of a key: each of its columns is compared with its own parameter. */
export async function rowByKey(
  { context, names, place }: RedshiftTables,
  key: KeyValues,
  signal: AbortSignal,
): Promise<LoadedRow | undefined> {
  const matches = names.mergeKey.map((column, index) => `${column} = :key${index}`).join(' and ')
  const { columns, rows } = await runStatement(context, `select * from ${names.table} where ${matches} limit 1`, {
    signal,
    name: 'trace',
    parameters: Object.fromEntries(names.mergeKey.map((_, index) => [`key${index}`, key[index] ?? ''])),
  })
  const [values] = rows
  if (!values) return undefined
  const of = (name: string) => columnValue({ columns, values }, name)
  return {
    columns,
    values,
    place: { partition: String(of(place.partition)), offset: String(of(place.offset)) },
    batchId: Number(of('batch_id')),
    arrivedAt: isoOf(of('arrived_at')),
    timeIn: column => isoOf(of(column)),
  }
}

export async function recentKeys(
  { context, names }: RedshiftTables,
  limit: number,
  signal: AbortSignal,
): Promise<KeyValues[]> {
  const { rows } = await runStatement(
    context,
    `select ${names.mergeKey.join(', ')} from ${names.table} order by arrived_at desc limit ${limit}`,
    { signal, name: 'recent keys' },
  )
  return rows.map(values => values.map(String))
}

/** The value of a column, whose name Redshift folds to lower case. */
const columnValue = ({ columns, values }: Pick<LoadedRow, 'columns' | 'values'>, name: string): CellValue | undefined =>
  values[columns.findIndex(column => column.name === name.toLowerCase())] ?? undefined

/**
 * A timestamp of the warehouse, which is UTC and says so nowhere; undefined when it is none that ISO 8601 says in four
 * digits of a year.
 */
export function isoOf(value: CellValue | undefined): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-/.test(value)) return undefined
  return new Date(`${value.replace(' ', 'T')}Z`).toISOString()
}
