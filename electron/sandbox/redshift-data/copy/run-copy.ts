import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { type CopyCommand, RedshiftError } from '../dialect/statement.ts'
import { quoteText } from '../dialect/tokens.ts'
import type { Warehouse } from '../warehouse.ts'
import { type Column, castOf, insertInto, reasonOf, targetColumns } from './columns.ts'
import { type CopyFile, findFiles, readJsonPaths } from './files.ts'
import { dropLines, physicalLine, RAW, readLines } from './lines.ts'
import { type LoadError, LoadFailed } from './load-error.ts'
import { stageFile } from './stage.ts'

const ROLE = /^(default|arn:aws[^:]*:iam::\d{12}:role\/.+)$/
/** Of the lines that do not fit, so many are reported beyond what MAXERROR allows. */
const REPORTED_BEYOND = 100

/**
 * Runs a COPY on a connection that is in a transaction.
 * @returns how many rows were loaded, and the lines that MAXERROR skipped
 * @throws RedshiftError when there is nothing to read; LoadFailed when as many lines are bad as MAXERROR says
 */
export async function runCopy(
  warehouse: Warehouse,
  connection: DuckDBConnection,
  copy: CopyCommand,
): Promise<{ rows: number; errors: LoadError[] }> {
  if (!ROLE.test(copy.iamRole ?? '')) throw new RedshiftError(`Invalid IAM role ARN: ${copy.iamRole}`, '22023')
  const found = await findFiles(warehouse, copy)
  const columns = await targetColumns(connection, copy)
  const folder = await mkdtemp(join(warehouse.staging, 'copy-'))
  try {
    const files: CopyFile[] = []
    for (const [number, file] of found.entries()) files.push(await stageFile(file, copy, folder, number))
    if (copy.format === 'parquet') return { rows: await insertParquet(connection, copy, columns, files), errors: [] }
    return await loadLines(warehouse, connection, copy, columns, files)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A Parquet file of some kilobytes can say that it has any number of rows. */
const MOST_PARQUET_ROWS = 500_000_000

/** Redshift loads the columns of a Parquet file by their order. */
async function insertParquet(
  connection: DuckDBConnection,
  copy: CopyCommand,
  columns: readonly Column[],
  files: readonly CopyFile[],
): Promise<number> {
  const paths = files.map(file => quoteText(file.path)).join(', ')
  const counted = await connection.runAndReadAll(`select sum(num_rows) from parquet_file_metadata([${paths}])`)
  const rows = Number(counted.getRowsJson()[0]?.[0] ?? 0)
  if (rows > MOST_PARQUET_ROWS)
    throw new RedshiftError(
      `The files have ${rows} rows; the sandbox loads at most ${MOST_PARQUET_ROWS} in one COPY`,
      '53400',
    )
  const { rowsChanged } = await connection.run(`${insertInto(copy, columns)} select * from read_parquet([${paths}])`)
  return rowsChanged
}

async function loadLines(
  warehouse: Warehouse,
  connection: DuckDBConnection,
  copy: CopyCommand,
  columns: readonly Column[],
  files: readonly CopyFile[],
): Promise<{ rows: number; errors: LoadError[] }> {
  const names = new Map(files.map(file => [file.path, `s3://${file.place.bucket}/${file.place.key}`]))
  const nameOf = (path: string) => names.get(path) ?? path
  const jsonPaths = typeof copy.jsonPaths === 'object' ? await readJsonPaths(warehouse, copy.jsonPaths) : undefined
  try {
    const paths = files.map(file => file.path)
    const rejected = await readLines({ connection, copy, columns, paths, nameOf, jsonPaths })
    return await insertLines(connection, copy, columns, nameOf, rejected)
  } finally {
    await dropLines(connection)
  }
}

/** Casts every text to its column's type; lines in which one does not fit are skipped with the reason. */
async function insertLines(
  connection: DuckDBConnection,
  copy: CopyCommand,
  columns: readonly Column[],
  nameOf: (path: string) => string,
  rejected: readonly LoadError[],
): Promise<{ rows: number; errors: LoadError[] }> {
  const casts = columns.map((column, index) => castOf(copy, column, index))
  const bad = casts.map(cast => cast.isBad)
  const errors: LoadError[] = [...rejected]
  const found = await connection.runAndReadAll(
    `select file, line, raw, ${columns.map((_, index) => `c${index}`).join(', ')}, [${bad.join(', ')}] as bad
      from ${RAW}
     where ${bad.join(' or ')} order by file, line limit ${copy.maxError + REPORTED_BEYOND}`,
  )
  for (const row of found.getRowsJson()) {
    const flags = row.at(-1) as boolean[]
    const at = flags.indexOf(true)
    const column = columns[at]
    if (!column) continue
    const file = nameOf(String(row[0]))
    const values = row.slice(3, -1)
    const between = rejected.filter(error => error.file === file).map(error => error.line)
    errors.push({
      file,
      line: physicalLine(Number(row[1]), copy.format === 'json' ? 0 : copy.ignoreHeader, between),
      column: column.name,
      type: column.type.toLowerCase(),
      rawLine: row[2] === null ? values.map(value => value ?? '').join(copy.delimiter) : String(row[2]),
      rawValue: String(values[at] ?? ''),
      ...reasonOf(column, String(values[at] ?? '')),
    })
  }
  // Developer Guide, MAXERROR: it fails at that number of errors or more; the default of 0 is at the first.
  if (errors.length >= Math.max(1, copy.maxError)) throw new LoadFailed(copy.name, errors)
  const { rowsChanged } = await connection.run(
    `${insertInto(copy, columns)} select ${casts.map(({ value }) => value).join(', ')} from ${RAW} where not ` +
      `(${bad.join(' or ')})`,
  )
  return { rows: rowsChanged, errors }
}
