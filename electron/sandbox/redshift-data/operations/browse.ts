import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { quoteText } from '../dialect/tokens.ts'
import { checkPlace, type DataApiState, place } from './place.ts'

const paging = { MaxResults: z.int().min(0).max(1000).default(1000), NextToken: z.string().optional() }
/** Text of SQL has no character NUL. */
const pattern = z.string().refine(text => !text.includes('\0'), 'Member must not have the character U+0000')
/** The database whose catalog is read; the sandbox has one, so it is also the one to connect to. */
const connected = { Database: z.string(), ConnectedDatabase: z.string().optional() }

async function read({ warehouse }: DataApiState, sql: string, signal: AbortSignal): Promise<unknown[][]> {
  await warehouse.metadataSlots.enter(signal)
  try {
    const connection = await warehouse.connect()
    try {
      return (await connection.runAndReadAll(sql)).getRowsJson()
    } finally {
      connection.closeSync()
    }
  } finally {
    warehouse.metadataSlots.leave()
  }
}

/** A page by offset; the token is the offset of the next. */
function pageOf<T>(all: T[], { MaxResults, NextToken }: { MaxResults: number; NextToken?: string | undefined }) {
  const from = NextToken === undefined ? 0 : Number(NextToken)
  if (!Number.isSafeInteger(from) || from < 0)
    throw new AwsError('ValidationException', 'NextToken is not one of this operation.')
  const page = all.slice(from, from + (MaxResults || 1000))
  return { page, next: from + page.length < all.length ? { NextToken: String(from + page.length) } : {} }
}

/** `%` and `_` as in LIKE; no pattern is every name. */
const like = (column: string, pattern: string | undefined): string =>
  pattern === undefined ? 'true' : `${column} ilike ${quoteText(pattern)}`

export const listDatabases: JsonOperation<DataApiState> = operation({
  name: 'ListDatabases',
  input: z.object({ ...place, ...paging }),
  run: (state: DataApiState, input) => ({ Databases: [checkPlace(state, input)] }),
})

export const listSchemas: JsonOperation<DataApiState> = operation({
  name: 'ListSchemas',
  input: z.object({ ...place, ...connected, ...paging, SchemaPattern: pattern.optional() }),
  async run(state: DataApiState, input, { signal }) {
    checkPlace(state, input)
    const rows = await read(
      state,
      `select schema_name from svv_redshift_schemas where ${like('schema_name', input.SchemaPattern)}
       union select 'pg_catalog' where ${like("'pg_catalog'", input.SchemaPattern)} order by 1`,
      signal,
    )
    const { page, next } = pageOf(
      rows.map(([name]) => String(name)),
      input,
    )
    return { Schemas: page, ...next }
  },
})

export const listTables: JsonOperation<DataApiState> = operation({
  name: 'ListTables',
  input: z.object({
    ...place,
    ...connected,
    ...paging,
    SchemaPattern: pattern.optional(),
    TablePattern: pattern.optional(),
  }),
  async run(state: DataApiState, input, { signal }) {
    checkPlace(state, input)
    const rows = await read(
      state,
      `select table_schema, table_name, case table_type when 'VIEW' then 'VIEW' else 'TABLE' end from svv_tables
       where ${like('table_schema', input.SchemaPattern)} and ${like('table_name', input.TablePattern)} order by 1, 2`,
      signal,
    )
    const { page, next } = pageOf(
      rows.map(([schema, name, type]) => ({ schema, name, type })),
      input,
    )
    return { Tables: page, ...next }
  },
})

export const describeTable: JsonOperation<DataApiState> = operation({
  name: 'DescribeTable',
  input: z.object({ ...place, ...connected, ...paging, Schema: pattern.optional(), Table: pattern.optional() }),
  async run(state: DataApiState, input, { signal }) {
    checkPlace(state, input)
    const rows = await read(
      state,
      `select schema_name, table_name, column_name, type, is_nullable, column_default, max_bytes
        from main.sluice_columns
       where ${like('schema_name', input.Schema)} and ${like('table_name', input.Table)}
         order by schema_name, table_name, ordinal_position`,
      signal,
    )
    const { page, next } = pageOf(rows.map(columnShape), input)
    return { ColumnList: page, TableName: input.Table, ...next }
  },
})

function columnShape([schemaName, tableName, name, type, nullable, columnDefault, maxBytes]: unknown[]) {
  const [, typeName = '', precision = '0', scale = '0'] = /^([^(]+)(?:\((\d+)(?:,(\d+))?\))?/.exec(String(type)) ?? []
  const isText = maxBytes !== null
  return {
    name,
    label: name,
    typeName: SHORT_NAMES[typeName] ?? typeName,
    length: isText ? Number(maxBytes) : 0,
    precision: isText ? 0 : Number(precision),
    scale: Number(scale),
    nullable: nullable ? 1 : 0,
    schemaName,
    tableName,
    ...(columnDefault !== null && { columnDefault }),
    isCaseSensitive: isText,
    isCurrency: false,
    isSigned: !isText,
  }
}

/** The Data API says types by their short names. */
const SHORT_NAMES: Record<string, string> = {
  'character varying': 'varchar',
  character: 'bpchar',
  integer: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  'double precision': 'float8',
  real: 'float4',
  boolean: 'bool',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
}
