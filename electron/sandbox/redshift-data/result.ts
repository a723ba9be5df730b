import { appendFileSync, closeSync, existsSync, openSync, readSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { type DuckDBResult, DuckDBTypeId } from '@duckdb/node-api'
import { z } from 'zod'
import { AwsError } from '../server/aws-error.ts'
import { columnName } from './column-name.ts'
import { RedshiftError } from './dialect/statement.ts'

/** How the Data API gives a value: exactly one member is set. */
export type Field =
  | { isNull: true }
  | { longValue: number }
  | { doubleValue: number }
  | { booleanValue: boolean }
  | { stringValue: string }

export const StoredResult = z.object({
  columns: z.array(
    z.object({
      name: z.string(),
      typeName: z.string(),
      length: z.int(),
      precision: z.int(),
      scale: z.int(),
      nullable: z.int(),
    }),
  ),
  rows: z.int(),
  sizeBytes: z.int(),
  /** Where each page of the file begins. */
  pages: z.array(z.int()),
  /** CRC-32 of each page; results of older versions have none. */
  checksums: z.array(z.int()).optional(),
})
export type StoredResult = z.output<typeof StoredResult>

const ROWS_A_PAGE = 1_000
/**
 * Data API limits: 500 MB a result, 64 KB a row of it (Management Guide, "Troubleshooting issues for Amazon Redshift
 * Data API").
 */
const MAX_RESULT_BYTES = 500 * 1024 * 1024
const MAX_ROW_BYTES = 64 * 1024

/** Redshift's names for what DuckDB returns, with the digits that a decimal has. */
const TYPE_NAMES: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'bool',
  [DuckDBTypeId.TINYINT]: 'int2',
  [DuckDBTypeId.SMALLINT]: 'int2',
  [DuckDBTypeId.INTEGER]: 'int4',
  [DuckDBTypeId.BIGINT]: 'int8',
  [DuckDBTypeId.HUGEINT]: 'numeric',
  [DuckDBTypeId.UINTEGER]: 'int8',
  [DuckDBTypeId.FLOAT]: 'float4',
  [DuckDBTypeId.DOUBLE]: 'float8',
  [DuckDBTypeId.DECIMAL]: 'numeric',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIME]: 'time',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamptz',
}
const LONG = new Set(['int2', 'int4', 'int8'])
const DOUBLE = new Set(['float4', 'float8'])

/** Writes a result to its file, a JSON line a row, while it comes in. */
export async function storeResult(result: DuckDBResult, file: string): Promise<StoredResult> {
  const columns = result.columnNames().map((name, index) => {
    const type = result.columnType(index)
    const decimal =
      type.typeId === DuckDBTypeId.DECIMAL ? (type as unknown as { width: number; scale: number }) : undefined
    const typeName = TYPE_NAMES[type.typeId] ?? (type.alias === 'JSON' ? 'super' : 'varchar')
    return {
      name: columnName(name),
      typeName,
      length: 0,
      precision: decimal?.width ?? 0,
      scale: decimal?.scale ?? 0,
      nullable: 1,
    }
  })
  const stored: StoredResult = { columns, rows: 0, sizeBytes: 0, pages: [0], checksums: [] }
  writeFileSync(file, '')
  let pending = ''
  const flush = () => {
    appendFileSync(file, pending)
    stored.sizeBytes += Buffer.byteLength(pending)
    stored.checksums?.push(crc32(pending))
    pending = ''
    if (stored.sizeBytes > MAX_RESULT_BYTES)
      throw tooLarge('Database response exceeded size limit: the Data API returns at most 500 MB')
  }
  for await (const rows of result.yieldRowsJson()) {
    for (const row of rows) {
      if (stored.rows > 0 && stored.rows % ROWS_A_PAGE === 0) {
        flush()
        stored.pages.push(stored.sizeBytes)
      }
      const fields = row.map((value, index) => toField(value, columns[index]?.typeName ?? 'varchar'))
      const line = JSON.stringify(fields)
      // The line is longer than its values are: they are counted only where it could matter.
      if (line.length > MAX_ROW_BYTES / 4 && sizeOf(fields) > MAX_ROW_BYTES)
        throw tooLarge('Packet for query is too large: the Data API returns at most 64 KB a row')
      pending += `${line}\n`
      stored.rows++
    }
  }
  flush()
  return stored
}

const tooLarge = (message: string): RedshiftError => new RedshiftError(message, '54000')
const sizeOf = (fields: readonly Field[]): number =>
  fields.reduce((sum, field) => sum + ('isNull' in field ? 0 : Buffer.byteLength(String(Object.values(field)[0]))), 0)

function toField(value: unknown, typeName: string): Field {
  if (value === null || value === undefined) return { isNull: true }
  if (typeof value === 'boolean') return { booleanValue: value }
  if (LONG.has(typeName)) return { longValue: Number(value) }
  if (DOUBLE.has(typeName)) return typeof value === 'number' ? { doubleValue: value } : { stringValue: String(value) }
  return { stringValue: typeof value === 'string' ? value : JSON.stringify(value) }
}

/** One page of a stored result; the token of the next is its number. */
export function readPage(
  stored: StoredResult,
  file: string,
  token: string | undefined,
): { records: Field[][]; nextToken: string | undefined } {
  const page = token === undefined ? 0 : Number(token)
  const start = stored.pages[page]
  if (start === undefined) throw new AwsError('ValidationException', 'NextToken is not one of this result.')
  const end = stored.pages[page + 1] ?? stored.sizeBytes
  const bytes = Buffer.alloc(end - start)
  if (!existsSync(file)) throw damagedResult(file, 'is missing')
  const fd = openSync(file, 'r')
  try {
    if (readSync(fd, bytes, 0, bytes.length, start) < bytes.length) throw damagedResult(file, 'is shorter than it was')
  } finally {
    closeSync(fd)
  }
  const checksum = stored.checksums?.[page]
  if (checksum !== undefined && checksum !== crc32(bytes)) throw damagedResult(file, 'does not match its checksum')
  const lines = bytes.toString('utf8').split('\n').filter(Boolean)
  return {
    records: lines.map(line => JSON.parse(line) as Field[]),
    nextToken: page + 1 < stored.pages.length ? String(page + 1) : undefined,
  }
}

/** A result can be made again; what is left of it is not given as if it were whole. */
const damagedResult = (file: string, what: string): AwsError =>
  new AwsError('InternalServerException', `The stored result ${file} ${what}: run the statement again.`, 500)

/** A page as CSV with a heading, as GetStatementResultV2 gives it. */
export function toCsv(columns: StoredResult['columns'], records: readonly Field[][]): string {
  const lines = [columns.map(column => csvText(column.name)), ...records.map(row => row.map(csvField))]
  return lines.map(cells => `${cells.join(',')}\n`).join('')
}

const csvField = (field: Field): string => ('isNull' in field ? '' : csvText(String(Object.values(field)[0])))
const csvText = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
