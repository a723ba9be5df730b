import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { openLocked } from '../../../shared/duckdb/open-locked.ts'
import type { CellValue, StatementOutcome } from '../statements/run-statement.ts'

/** Redshift's types in Parquet; what is not here is text. */
const TYPES: Record<string, string> = {
  bool: 'BOOLEAN',
  int2: 'SMALLINT',
  int4: 'INTEGER',
  int8: 'BIGINT',
  float4: 'FLOAT',
  float8: 'DOUBLE',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  time: 'TIME',
}

/** The rows of a result as the bytes of one Parquet file, compressed with Zstandard; types are those of the columns. */
export async function toParquet({ columns, rows }: Pick<StatementOutcome, 'columns' | 'rows'>): Promise<Uint8Array> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const folder = await mkdtemp(join(tmpdir(), 'sluice-parquet-'))
  try {
    const spill = { folder: join(folder, 'spill'), atMost: '2GB' }
    const instance = await openLocked(DuckDBInstance.create, ':memory:', { threads: 1, memory: '1GB', folder, spill })
    try {
      return await writeParquet(await instance.connect(), { columns, rows }, join(folder, 'result.parquet'))
    } finally {
      instance.closeSync()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeParquet(
  connection: DuckDBConnection,
  { columns, rows }: Pick<StatementOutcome, 'columns' | 'rows'>,
  file: string,
): Promise<Uint8Array> {
  try {
    await connection.run(`create table result (${columns.map((_, index) => `c${index} varchar`).join(', ')})`)
    const appender = await connection.createAppender('result')
    for (const row of rows) {
      for (const value of row) {
        if (value === null) appender.appendNull()
        else appender.appendVarchar(String(value))
      }
      appender.endRow()
    }
    appender.closeSync()
    const selected = columns.map(
      (column, index) => `cast(c${index} as ${typeOf(column, rows, index)}) as ${quoted(uniqueName(columns, index))}`,
    )
    await connection.run(
      `copy (select ${selected.join(', ')} from result) to '${file.replaceAll("'", "''")}' (format parquet, ` +
        'compression zstd)',
    )
    return await readFile(file)
  } finally {
    connection.closeSync()
  }
}

function typeOf(column: StatementOutcome['columns'][number], rows: readonly CellValue[][], index: number): string {
  if (column.type !== 'numeric') return TYPES[column.type] ?? 'VARCHAR'
  // Where the warehouse does not give them, the digits of the values themselves.
  const scale = column.scale ?? Math.max(0, ...rows.map(row => String(row[index] ?? '').split('.')[1]?.length ?? 0))
  return `DECIMAL(38,${scale})`
}

/** Two columns may have one name in a result, and may not in a file. */
function uniqueName(columns: StatementOutcome['columns'], index: number): string {
  const name = columns[index]?.name ?? ''
  const before = columns.slice(0, index).filter(column => column.name === name).length
  return before === 0 ? name : `${name}_${before + 1}`
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
