import { ListSchemasCommand } from '@aws-sdk/client-redshift-data'
import { runStatement, runTransaction } from '../../aws/run-statement.ts'
import { splitSqlFile } from '../../aws/sql-file.ts'
import type { Clock, PipelineContext } from '../../pipeline-context.ts'
import type { Resource } from '../resource.ts'

/** The schema in the warehouse, with the tables of the spec's DDL. */
export function schemaResource(context: PipelineContext, clock: Clock, projectFile: (path: string) => Promise<string>): Resource {
  const { aws, spec, target } = context
  const { schema } = spec.sink
  return {
    id: `schema:${schema}`,
    kind: 'schema',
    name: `${target.warehouse.database}.${schema}`,
    dependsOn: [`role:${spec.sink.copyRole}`],
    must: {},
    permissions: {
      create: [
        'redshift-data:ListSchemas',
        'redshift-data:BatchExecuteStatement',
        'redshift-data:DescribeStatement',
        'redshift:GetClusterCredentials',
      ],
      change: [],
      destroy: ['redshift-data:ExecuteStatement', 'redshift-data:DescribeStatement', 'redshift:GetClusterCredentials'],
    },
    async read(signal) {
      const { clusterIdentifier, database, dbUser } = target.warehouse
      const { Schemas = [] } = await aws.redshiftData.send(
        new ListSchemasCommand({ ClusterIdentifier: clusterIdentifier, Database: database, DbUser: dbUser }),
        { abortSignal: signal },
      )
      return Schemas.includes(schema) ? {} : undefined
    },
    async *create(signal) {
      for (const file of spec.sink.ddl) {
        yield file
        await runTransaction(context, clock, splitSqlFile(await projectFile(`sql/${file}`)), { signal, name: file })
      }
    },
    async *change() {
      yield 'nothing to change'
    },
    async *destroy(signal) {
      yield 'dropping it with its tables'
      await runStatement(context, clock, `drop schema ${schema} cascade`, { signal })
    },
  }
}
