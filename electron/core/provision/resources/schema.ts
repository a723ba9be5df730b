import { DescribeTableCommand, ListSchemasCommand } from '@aws-sdk/client-redshift-data'
import type { Clock } from '../../clock/clock.ts'
import { KINESIS_RECORDS } from '../../ledgers/redshift/batch-table.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { runStatement, runTransaction } from '../../statements/run-statement.ts'
import { splitSqlFile } from '../../statements/sql-file.ts'
import type { Resource } from '../resource.ts'

/**
 * The schema in the warehouse, with the tables of the spec's DDL. A batch table that was made before it counted the
 * stream's records gets that column; its rows stay.
 */
export function schemaResource(context: PipelineContext, clock: Clock): Resource {
  const { aws, spec, target } = context
  const { schema, batchTable } = spec.sink
  const { clusterIdentifier, database, dbUser } = target.warehouse
  const place = { ClusterIdentifier: clusterIdentifier, Database: database, DbUser: dbUser }
  const member = `${batchTable}.${KINESIS_RECORDS.name}`

  async function counts(signal: AbortSignal): Promise<boolean> {
    const asked = new DescribeTableCommand({ ...place, Schema: schema, Table: batchTable })
    const { ColumnList = [] } = await aws.redshiftData.send(asked, { abortSignal: signal })
    return ColumnList.some(column => column.name === KINESIS_RECORDS.name)
  }
  async function* createTables(signal: AbortSignal): AsyncGenerator<string> {
    for (const file of spec.sink.ddl) {
      yield file
      await runTransaction(context, clock, splitSqlFile(await context.files.text(`sql/${file}`)), {
        signal,
        name: file,
      })
    }
  }

  return {
    id: `schema:${schema}`,
    kind: 'schema',
    name: `${target.warehouse.database}.${schema}`,
    dependsOn: [`role:${spec.sink.copyRole}`],
    must: { [member]: KINESIS_RECORDS.type },
    permissions: {
      create: [
        'redshift-data:ListSchemas',
        'redshift-data:DescribeTable',
        'redshift-data:BatchExecuteStatement',
        'redshift-data:DescribeStatement',
        'redshift:GetClusterCredentials',
      ],
      change: [
        'redshift-data:DescribeTable',
        'redshift-data:BatchExecuteStatement',
        'redshift-data:ExecuteStatement',
        'redshift-data:DescribeStatement',
        'redshift:GetClusterCredentials',
      ],
      destroy: ['redshift-data:ExecuteStatement', 'redshift-data:DescribeStatement', 'redshift:GetClusterCredentials'],
    },
    async read(signal) {
      const { Schemas = [] } = await aws.redshiftData.send(new ListSchemasCommand(place), { abortSignal: signal })
      if (!Schemas.includes(schema)) return undefined
      return (await counts(signal)) ? { [member]: KINESIS_RECORDS.type } : {}
    },
    create: createTables,
    async *change(_, signal) {
      // Makes the tables that are not there; one that is stays as it is.
      yield* createTables(signal)
      if (await counts(signal)) return
      const { name, type } = KINESIS_RECORDS
      yield `adding ${member}`
      await runStatement(context, clock, `alter table ${schema}.${batchTable} add column ${name} ${type}`, { signal })
    },
    async *destroy(signal) {
      yield 'dropping it with its tables'
      await runStatement(context, clock, `drop schema ${schema} cascade`, { signal })
    },
  }
}
