import { readFile } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { toStrftime } from './dialect/formats.ts'
import { type CopyCommand, RedshiftError, type S3Place } from './dialect/statement.ts'
import { quoteName, quoteText } from './dialect/tokens.ts'
import type { Warehouse } from './warehouse.ts'

interface Column {
  name: string
  type: string
  maxBytes: number | undefined
}

/** A line that a COPY could not load, as STL_LOAD_ERRORS tells of it. */
export interface LoadError {
  file: string
  line: number
  column: string
  type: string
  rawLine: string
  rawValue: string
  code: number
  reason: string
}

/** Thrown by a COPY that failed for its lines: they must be kept though the transaction is rolled back. */
export class LoadFailed extends RedshiftError {
  readonly errors: readonly LoadError[]
  constructor(table: string, errors: readonly LoadError[]) {
    super(`Load into table '${table}' failed.  Check 'sys_load_error_detail' system table for details.`, 'XX000')
    this.errors = errors
  }
}

const ROLE = /^(default|arn:aws[^:]*:iam::\d{12}:role\/.+)$/
const RAW = 'sluice_copy_raw'

/**
 * Runs a COPY on a connection that is in a transaction: the files below the prefix, or those of the manifest, in the order of their keys.
 * @returns how many rows were loaded, and the lines that MAXERROR put aside
 * @throws RedshiftError when there is nothing to read; LoadFailed when more lines are bad than MAXERROR allows
 */
export async function runCopy(
  warehouse: Warehouse,
  connection: DuckDBConnection,
  copy: CopyCommand,
): Promise<{ rows: number; errors: LoadError[] }> {
  if (!ROLE.test(copy.iamRole ?? '')) throw new RedshiftError(`Invalid IAM role ARN: ${copy.iamRole}`, '22023')
  const files = await findFiles(warehouse, copy)
  const columns = await targetColumns(connection, copy)
  const paths = `[${files.map(file => quoteText(file.path)).join(', ')}]`
  if (copy.format === 'parquet') return { rows: await insertParquet(connection, copy, columns, paths), errors: [] }
  await readRaw(warehouse, connection, copy, columns, paths)
  try {
    return await insertRaw(
      connection,
      copy,
      columns,
      new Map(files.map(file => [file.path, `s3://${file.place.bucket}/${file.place.key}`])),
    )
  } finally {
    await connection.run(`drop table if exists temp.${RAW}`)
  }
}

async function findFiles(warehouse: Warehouse, copy: CopyCommand): Promise<{ path: string; place: S3Place }[]> {
  const { bucket, key } = copy.from
  if (!warehouse.objects.hasBucket(bucket))
    throw new RedshiftError(`S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket`, 'XX000')
  const places = copy.manifest
    ? await readManifest(warehouse, copy.from)
    : (await warehouse.objects.list(bucket, key)).map(object => ({ bucket, key: object.key }))
  const files = []
  for (const place of places) {
    const found = await warehouse.objects.locate(place.bucket, place.key)
    if (found) files.push({ path: found.path, place })
  }
  if (files.length === 0) throw new RedshiftError(`The specified S3 prefix '${key}' does not exist`, 'XX000')
  return files
}

async function readText(warehouse: Warehouse, place: S3Place): Promise<string> {
  const found = await warehouse.objects.locate(place.bucket, place.key)
  if (!found) throw new RedshiftError(`The specified S3 object 's3://${place.bucket}/${place.key}' does not exist`, 'XX000')
  return readFile(found.path, 'utf8')
}

async function readManifest(warehouse: Warehouse, place: S3Place): Promise<S3Place[]> {
  const manifest = JSON.parse(await readText(warehouse, place)) as { entries?: { url?: string; mandatory?: boolean }[] }
  const places = []
  for (const { url = '', mandatory } of manifest.entries ?? []) {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? []
    const found = await warehouse.objects.locate(bucket, key)
    if (!found && mandatory) throw new RedshiftError(`Mandatory url is not present in manifest file: ${url}`, 'XX000')
    if (found) places.push({ bucket, key })
  }
  return places
}

async function targetColumns(connection: DuckDBConnection, copy: CopyCommand): Promise<Column[]> {
  const described = await connection.runAndReadAll(`select column_name, column_type from (describe ${copy.table})`)
  const lengths = await connection.runAndReadAll(
    `select column_name, max_bytes from sluice_sandbox.column_attributes where table_name = ${quoteText(copy.name)} and max_bytes is not null`,
  )
  const maxBytes = new Map(lengths.getRowsJson().map(([name, bytes]) => [String(name), Number(bytes)]))
  const all = described
    .getRowsJson()
    .map(([name, type]) => ({ name: String(name), type: String(type), maxBytes: maxBytes.get(String(name)) }))
  if (!copy.columns) return all
  return copy.columns.map(name => {
    const found = all.find(column => column.name === name)
    if (!found) throw new RedshiftError(`column "${name}" of relation "${copy.name}" does not exist`, '42703')
    return found
  })
}

const into = (copy: CopyCommand, columns: readonly Column[]): string =>
  `insert into ${copy.table} (${columns.map(column => quoteName(column.name)).join(', ')})`

/** Redshift loads the columns of a Parquet file by their order. */
async function insertParquet(
  connection: DuckDBConnection,
  copy: CopyCommand,
  columns: readonly Column[],
  paths: string,
): Promise<number> {
  const { rowsChanged } = await connection.run(`${into(copy, columns)} select * from read_parquet(${paths})`)
  return rowsChanged
}

/** Every line as texts, one column each for the target's columns, with the file and the number of the line. */
async function readRaw(
  warehouse: Warehouse,
  connection: DuckDBConnection,
  copy: CopyCommand,
  columns: readonly Column[],
  paths: string,
): Promise<void> {
  const compression = copy.gzip ? "compression = 'gzip'" : "compression = 'uncompressed'"
  if (copy.format === 'json') {
    const { jsonPaths } = copy
    const listed =
      typeof jsonPaths === 'object'
        ? (JSON.parse(await readText(warehouse, jsonPaths)) as { jsonpaths: string[] }).jsonpaths
        : undefined
    const chosen = columns.map((column, index) => {
      const field = listed
        ? `json_extract_string(json, ${quoteText(listed[index] ?? '')})`
        : jsonField(column, jsonPaths === 'auto ignorecase')
      return `${field} as c${index}`
    })
    await connection.run(
      `create temp table ${RAW} as select filename as file, row_number() over (partition by filename) as line, json::varchar as raw, ${chosen.join(', ')}
       from read_json_objects(${paths}, ${compression}, filename = true)`,
    )
    return
  }
  const declared = columns.map((_, index) => `'c${index}': 'VARCHAR'`).join(', ')
  const quote =
    copy.format === 'csv' ? `, quote = ${quoteText(copy.quote)}, escape = ${quoteText(copy.quote)}` : ", quote = '', escape = ''"
  await connection.run(
    `create temp table ${RAW} as select filename as file, row_number() over (partition by filename) + ${copy.ignoreHeader} as line, null::varchar as raw,
       ${columns.map((_, index) => `c${index}`).join(', ')}
     from read_csv(${paths}, ${compression}, auto_detect = false, header = false, skip = ${copy.ignoreHeader}, delim = ${quoteText(copy.delimiter)}${quote},
       columns = {${declared}}, nullstr = ${quoteText(copy.nullAs)}, filename = true, ignore_errors = ${copy.acceptInvalidCharacters}, strict_mode = true)`,
  )
}

/** The value of a member by the column's name; `auto ignorecase` looks through all members. */
function jsonField(column: Column, ignoreCase: boolean): string {
  if (!ignoreCase) return `json_extract_string(json, ${quoteText(`$."${column.name}"`)})`
  return `json_extract_string(json, '$."' || list_filter(json_keys(json), lambda k: lower(k) = ${quoteText(column.name)})[1] || '"')`
}

/** Casts every text to its column's type; lines in which one does not fit are put aside with the reason. */
async function insertRaw(
  connection: DuckDBConnection,
  copy: CopyCommand,
  columns: readonly Column[],
  places: ReadonlyMap<string, string>,
): Promise<{ rows: number; errors: LoadError[] }> {
  const casts = columns.map((column, index) => castOf(copy, column, index))
  const bad = casts.map(({ source, cast, column }) => {
    const tooLong = column.maxBytes !== undefined && !copy.truncateColumns ? ` or strlen(${source}) > ${column.maxBytes}` : ''
    return `(${source} is not null and (${cast} is null${tooLong}))`
  })
  const errors: LoadError[] = []
  const found = await connection.runAndReadAll(
    `select file, line, raw, ${columns.map((_, index) => `c${index}`).join(', ')}, [${bad.join(', ')}] as bad from ${RAW} where ${bad.join(' or ')} order by file, line limit ${copy.maxError + 100}`,
  )
  for (const row of found.getRowsJson()) {
    const flags = row.at(-1) as boolean[]
    const at = flags.indexOf(true)
    const column = columns[at]
    if (!column) continue
    const values = row.slice(3, -1)
    errors.push({
      file: places.get(String(row[0])) ?? String(row[0]),
      line: Number(row[1]),
      column: column.name,
      type: column.type.toLowerCase(),
      rawLine: row[2] === null ? values.map(value => value ?? '').join(copy.delimiter) : String(row[2]),
      rawValue: String(values[at] ?? ''),
      ...reasonOf(column, String(values[at] ?? '')),
    })
  }
  if (errors.length > copy.maxError) throw new LoadFailed(copy.name, errors)
  const { rowsChanged } = await connection.run(
    `${into(copy, columns)} select ${casts.map(({ cast }) => cast).join(', ')} from ${RAW} where not (${bad.join(' or ')})`,
  )
  return { rows: rowsChanged, errors }
}

function castOf(copy: CopyCommand, column: Column, index: number): { source: string; cast: string; column: Column } {
  let source = `c${index}`
  const isText = column.type === 'VARCHAR'
  // An empty field is null for every type that is not text (Developer Guide, COPY, EMPTYASNULL).
  if (!isText || copy.emptyAsNull) source = `nullif(${source}, '')`
  if (copy.blanksAsNull) source = `case when trim(${source}) = '' then null else ${source} end`
  if (isText) {
    const cut = copy.truncateColumns && column.maxBytes !== undefined ? `left(${source}, ${column.maxBytes})` : source
    return { source, cast: cut, column }
  }
  const format = column.type === 'DATE' ? copy.dateFormat : column.type.startsWith('TIMESTAMP') ? copy.timeFormat : undefined
  const pattern = format && format !== 'auto' ? toStrftime(format) : undefined
  const cast = pattern
    ? `try_cast(try_strptime(${source}, ${quoteText(pattern)}) as ${column.type})`
    : `try_cast(trim(${source}) as ${column.type})`
  return { source, cast, column }
}

/** Codes and words of STL_LOAD_ERRORS (Developer Guide, "Load error reference"). */
function reasonOf(column: Column, value: string): { code: number; reason: string } {
  if (column.type === 'VARCHAR') return { code: 1204, reason: 'String length exceeds DDL length' }
  if (column.type === 'DATE') return { code: 1206, reason: 'Invalid Date Format - length must be 10 or more' }
  if (column.type.startsWith('TIMESTAMP'))
    return { code: 1206, reason: 'Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]' }
  const bad = /[^0-9+\-.eE]/.exec(value)
  const type = column.type === 'INTEGER' ? 'Integer' : column.type === 'BIGINT' ? 'Long' : column.type
  return {
    code: 1207,
    reason: bad ? `Invalid digit, Value '${bad[0]}', Pos ${bad.index}, Type: ${type}` : `Overflow for ${column.type}`,
  }
}
