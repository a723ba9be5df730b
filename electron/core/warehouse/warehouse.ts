import { DescribeTableCommand, ListSchemasCommand, ListTablesCommand } from '@aws-sdk/client-redshift-data'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import type { LoggedQuery, warehouseContract } from '../../../shared/features/warehouse.ts'
import { splitSqlFile } from '../../../shared/pipelines/compile/redshift/sql-file.ts'
import type { Dimension } from '../../../shared/pipelines/pipeline.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import type { Clock } from '../clock/clock.ts'
import { currentFiles, fileNames } from '../deployed/versions.ts'
import { readObject } from '../objects/read-object.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { pipelineDdl } from '../statements/pipeline-ddl.ts'
import { runStatement, runTransaction, type StatementOutcome } from '../statements/run-statement.ts'
import { inPartition } from '../targets/partition.ts'
import { reporter } from '../work/work.ts'
import { countCsvRows } from './count-csv-rows.ts'
import { toParquet } from './parquet.ts'
import { createQueryLog, type QueryLog } from './query-log.ts'

export interface WarehouseDeps {
  contextOf: ContextOf
  clock: Clock
  /** Seals the log of queries; undefined where the system has no keychain. */
  secretKey: Promise<Buffer | undefined>
  log: (line: string) => void
  care: StateCare
}

/** Bytes of a file in one piece: a fifth of the page's buffer of sixteen pieces stays below 4 MB. */
const PIECE_BYTES = 192 * 1024

/** Schemas of the warehouse itself, which a browser of one's own data leaves out. */
const SYSTEM_SCHEMAS = new Set(['pg_catalog', 'information_schema', 'pg_internal', 'main'])

/** The warehouse of a pipeline: its tables, its dimensions, and any query. */
export function createWarehouseService(deps: WarehouseDeps): ServiceOf<typeof warehouseContract> {
  const { clock } = deps
  const logs = new Map<string, QueryLog>()
  const logOf = (context: PipelineContext): QueryLog => {
    const known = logs.get(context.stateDir) ?? createQueryLog(context.stateDir, deps.secretKey, deps.log, deps.care)
    logs.set(context.stateDir, known)
    return known
  }
  return {
    async *createAndLoadDimensions(scope, { signal }) {
      const context = await deps.contextOf(scope)
      const { sink, dimensions } = context.spec
      const total = sink.ddl.length + dimensions.length
      for await (const event of createTables(deps, context, signal)) yield { ...event, total }
      for (const dimension of dimensions)
        for await (const event of loadDimension(context, clock, dimension, signal)) yield { ...event, total }
    },
    async query({ sql, maxRows, logged, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      const log = (state: LoggedQuery['state'], outcome?: StatementOutcome) =>
        logged &&
        logOf(context).add({
          at: new Date(clock.now()).toISOString(),
          sql,
          state,
          rows: outcome ? outcome.totalRows : null,
          durationMs: outcome ? outcome.durationMs : null,
        })
      try {
        const outcome = await runStatement(context, sql, { signal, maxRows, by: 'user' })
        await log('done', outcome)
        return {
          columns: outcome.columns,
          rows: outcome.rows,
          totalRows: outcome.totalRows,
          truncated: outcome.columns.length > 0 && outcome.totalRows > outcome.rows.length,
          durationMs: outcome.durationMs,
          statementId: outcome.id,
          at: new Date(clock.now()).toISOString(),
        }
      } catch (error) {
        await log(signal.aborted ? 'cancelled' : 'failed')
        throw error
      }
    },
    queries: async scope => logOf(await deps.contextOf(scope)).list(),
    async *parquet({ sql, maxRows, ...scope }, { signal }) {
      const outcome = await runStatement(await deps.contextOf(scope), sql, { signal, maxRows, by: 'user' })
      const file = Buffer.from(await toParquet(outcome))
      for (let at = 0; at < file.length; at += PIECE_BYTES)
        yield { base64: file.subarray(at, at + PIECE_BYTES).toString('base64'), sizeBytes: file.length }
    },
    async dashboard(scope) {
      const { spec } = await deps.contextOf(scope)
      return spec.dashboard.map(chart => ({ ...chart, sql: chart.sql.replaceAll('{schema}', spec.sink.schema) }))
    },
    schema: async (scope, { signal }) => readSchema(await deps.contextOf(scope), signal),
  }
}

async function* createTables(
  deps: WarehouseDeps,
  context: PipelineContext,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  for (const { file, text } of await pipelineDdl(context)) {
    const report = reporter(deps.clock, `ddl:${file}`, `Run ${file}`)
    yield report('running')
    const statements = splitSqlFile(text)
    await runTransaction(context, statements, { signal, name: file })
    yield report('done', `${statements.length} statement${statements.length === 1 ? '' : 's'}`)
  }
}

/** Replaces a dimension by its file in one transaction, and holds the rows against the lines of the file. */
async function* loadDimension(
  context: PipelineContext,
  clock: Clock,
  dimension: Dimension,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { spec, target, aws } = context
  const report = reporter(clock, `load:${dimension.table}`, `Load ${dimension.table}`)
  const { bucket, keyOf } = await currentFiles(context, signal)
  const key = keyOf(fileNames.dimension(dimension.file))
  yield report('running', `from s3://${bucket}/${key}`)
  const deployed = await readObject(aws, bucket, key, signal)
  if (!deployed) {
    throw new ExpectedError({
      code: 'not_found',
      message: `s3://${bucket}/${key} is not there.`,
      hint: 'Deploy the artifacts first.',
      retryable: false,
    })
  }
  const table = `${spec.sink.schema}.${dimension.table}`
  const columns = dimension.columns.map(column => column.name).join(', ')
  const role = inPartition(`arn:aws:iam::${target.account}:role/${spec.sink.copyRole}`, target.region)
  await runTransaction(
    context,
    [
      `delete from ${table}`,
      `copy ${table} (${columns}) from 's3://${bucket}/${key}' iam_role '${role}' format as csv ignoreheader 1 ` +
        `dateformat 'auto'`,
    ],
    { signal, name: `load ${dimension.table}` },
  )
  const { rows } = await runStatement(context, `select count(*) from ${table}`, { signal })
  const loaded = Number(rows[0]?.[0])
  const lines = countCsvRows(Buffer.from(deployed).toString('utf8'))
  if (loaded !== lines) {
    throw new ExpectedError({
      code: 'failed',
      message: `${table} has ${loaded} rows, and its file ${lines}.`,
      hint: 'Ask for the bad lines: select * from sys_load_error_detail order by start_time desc',
      retryable: true,
    })
  }
  yield report('done', `${loaded.toLocaleString('en-US')} rows`)
}

async function readSchema(context: PipelineContext, signal: AbortSignal) {
  const { aws, target } = context
  const rows = await countRows(context, signal)
  const place = {
    ClusterIdentifier: target.warehouse.clusterIdentifier,
    Database: target.warehouse.database,
    DbUser: target.warehouse.dbUser,
  }
  const options = { abortSignal: signal }
  const schemas = await aws.redshiftData.send(new ListSchemasCommand(place), options)
  const own = (schemas.Schemas ?? []).filter(schema => !SYSTEM_SCHEMAS.has(schema))
  return Promise.all(
    own.map(async schema => {
      const listed = await aws.redshiftData.send(new ListTablesCommand({ ...place, SchemaPattern: schema }), options)
      const tables = await Promise.all(
        (listed.Tables ?? []).map(async ({ name = '', type = '' }) => {
          const described = await aws.redshiftData.send(
            new DescribeTableCommand({ ...place, Schema: schema, Table: name }),
            options,
          )
          return {
            name,
            type,
            rows: rows.get(`${schema}.${name}`) ?? null,
            columns: (described.ColumnList ?? []).map(column => ({
              name: column.name ?? '',
              type: column.typeName ?? '',
            })),
          }
        }),
      )
      return { schema, tables }
    }),
  )
}

/** Rows by `schema.table`, of the tables that the warehouse lists. */
async function countRows(context: PipelineContext, signal: AbortSignal): Promise<Map<string, number>> {
  try {
    const { rows } = await runStatement(context, 'select "schema", "table", tbl_rows from svv_table_info', {
      signal,
      maxRows: 10_000,
    })
    return new Map(
      rows.map(([schema, table, count]) => [`${schema}.${table}`.toLowerCase(), Math.round(Number(count))]),
    )
  } catch (error) {
    // The view is for superusers unless it was granted: the tree is useful without the numbers.
    if (error instanceof ExpectedError && error.error.code === 'failed') return new Map()
    throw error
  }
}
