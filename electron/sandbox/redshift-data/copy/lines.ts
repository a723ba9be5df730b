import type { DuckDBConnection } from '@duckdb/node-api'
import type { CopyCommand } from '../dialect/statement.ts'
import { quoteText } from '../dialect/tokens.ts'
import type { Column } from './columns.ts'
import type { LoadError } from './load-error.ts'

/** The table of texts that a COPY reads its files into: `file`, `line`, `raw`, and `c0`, `c1` ... for the columns. */
export const RAW = 'sluice_copy_raw'
const REJECTS = 'sluice_copy_rejects'
const SCANS = 'sluice_copy_scans'

/** Developer Guide, COPY, "Data sources": the maximum size of a single input row from any source is 4 MB. */
const LARGEST_ROW_BYTES = 4 * 1024 * 1024

export interface ReadOptions {
  connection: DuckDBConnection
  copy: CopyCommand
  columns: readonly Column[]
  /** Paths on disk. */
  paths: readonly string[]
  /** `s3://` name of a path. */
  nameOf: (path: string) => string
  /** For JSON with a jsonpaths file: its expressions. */
  jsonPaths: readonly string[] | undefined
}

/** Reads the files into RAW. Returns the lines that have no fields to speak of: too few, too many, broken quotes. */
export async function readLines(options: ReadOptions): Promise<LoadError[]> {
  if (options.copy.format === 'json') {
    await readJson(options)
    return []
  }
  await readDelimited(options)
  return rejectedLines(options)
}

export async function dropLines(connection: DuckDBConnection): Promise<void> {
  for (const table of [RAW, REJECTS, SCANS]) await connection.run(`drop table if exists temp.${table}`)
}

const listOf = (paths: readonly string[]): string => `[${paths.map(quoteText).join(', ')}]`

async function readJson({ connection, copy, columns, paths, jsonPaths }: ReadOptions): Promise<void> {
  const chosen = columns.map((column, index) => {
    const field = jsonPaths
      ? `json_extract_string(json, ${quoteText(jsonPaths[index] ?? '')})`
      : jsonField(column, copy.jsonPaths === 'auto ignorecase')
    return `${field} as c${index}`
  })
  await connection.run(
    `create temp table ${RAW} as select filename as file, row_number() over (partition by filename) as line,
      json::varchar as raw, ${chosen.join(', ')}
     from read_json_objects(${listOf(paths)}, compression = 'uncompressed', maximum_object_size = ${LARGEST_ROW_BYTES},
       filename = true)`,
  )
}

/** The value of a member by the column's name; `auto ignorecase` goes through all members. */
function jsonField(column: Column, ignoreCase: boolean): string {
  if (!ignoreCase) return `json_extract_string(json, ${quoteText(`$."${column.name}"`)})`
  return (
    `json_extract_string(json, '$."' || list_filter(json_keys(json), lambda k: lower(k) = ` +
    `${quoteText(column.name)})[1] || '"')`
  )
}

/** Lines with their fields, numbered among the good ones: what stands between is put into REJECTS by the reader. */
async function readDelimited({ connection, copy, columns, paths }: ReadOptions): Promise<void> {
  const declared = columns.map((_, index) => `'c${index}': 'VARCHAR'`).join(', ')
  const quoted = copy.format === 'csv' || copy.removeQuotes
  const quote = quoted ? copy.quote : ''
  const escapedBy = copy.escape ? '\\' : quote
  await connection.run(
    `create temp table ${RAW} as select filename as file, row_number() over (partition by filename) as line,
      null::varchar as raw,
       ${columns.map((_, index) => `c${index}`).join(', ')}
     from read_csv(${listOf(paths)}, compression = 'uncompressed', max_line_size = ${LARGEST_ROW_BYTES},
       auto_detect = false, header = false, skip = ${copy.ignoreHeader},
       delim = ${quoteText(copy.delimiter)}, quote = ${quoteText(quote)}, escape = ${quoteText(escapedBy)},
         columns = {${declared}},
       nullstr = ${quoteText(copy.nullAs)}, filename = true, null_padding = ${copy.fillRecord}, strict_mode = true,
       store_rejects = true, rejects_table = '${REJECTS}', rejects_scan = '${SCANS}', rejects_limit = 0)`,
  )
}

/** Codes of the Developer Guide, "Load error reference", by what the reader says of a line. */
const REASONS: Record<string, { code: number; reason: string }> = {
  'MISSING COLUMNS': { code: 1214, reason: 'Delimiter not found' },
  'TOO MANY COLUMNS': { code: 1202, reason: 'Extra column(s) found' },
  'UNQUOTED VALUE': { code: 1216, reason: 'Invalid quote formatting for CSV' },
  'INVALID ENCODING': { code: 1220, reason: 'String contains invalid or unsupported UTF8 codepoints.' },
  'LINE SIZE OVER MAXIMUM': { code: 1216, reason: 'Invalid input line: longer than 4 MB' },
}

async function rejectedLines({ connection, copy, columns, nameOf }: ReadOptions): Promise<LoadError[]> {
  const found = await connection.runAndReadAll(
    `select file_path, line, min(column_idx), min_by(error_type, column_idx), any_value(csv_line)
     from ${REJECTS} join ${SCANS} using (scan_id, file_id) group by file_path, line order by file_path, line`,
  )
  return found.getRowsJson().flatMap(([path, line, place, kind, text]) => {
    const rawLine = String(text ?? '').replace(/[\r\n]+$/, '')
    if (copy.ignoreBlankLines && rawLine.trim() === '') return []
    const column = columns[Math.min(Number(place), columns.length) - 1]
    const known = REASONS[String(kind)] ?? { code: 1200, reason: `Unknown parse error: ${kind}` }
    return {
      file: nameOf(String(path)),
      line: Number(line),
      column: column?.name ?? '',
      type: column?.type.toLowerCase() ?? '',
      rawLine,
      rawValue: '',
      ...known,
    }
  })
}

/** Where a good line stands in its file: behind the header, with the rejected lines of the file between. */
export function physicalLine(good: number, header: number, rejected: readonly number[]): number {
  let line = good + header
  for (const other of rejected) {
    if (other > line) break
    line++
  }
  return line
}
