import { type ColumnMetadata, DescribeTableCommand, ListSchemasCommand } from '@aws-sdk/client-redshift-data'
import {
  columnType,
  type DeclaredTable,
  declaredTables,
} from '../../../../shared/pipelines/compile/redshift/declared-tables.ts'
import { splitSqlFile } from '../../../../shared/pipelines/compile/redshift/sql-file.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { pipelineDdl } from '../../statements/pipeline-ddl.ts'
import { runStatement, runTransaction } from '../../statements/run-statement.ts'
import { type Difference, type Members, NOT_SET, type Resource } from '../resource.ts'

const THERE = 'there'

/**
 * The schema in the warehouse, with the tables of the spec's DDL and their columns. A table that is not there is made,
 * and a column that is not there is added; rows stay. Columns beyond the declared ones are somebody's own affair.
 */
export async function schemaResource(context: PipelineContext): Promise<Resource> {
  const { aws, spec, target } = context
  const { schema } = spec.sink
  const { clusterIdentifier, database, dbUser } = target.warehouse
  const place = { ClusterIdentifier: clusterIdentifier, Database: database, DbUser: dbUser }
  const files = await pipelineDdl(context)
  const tables = files.flatMap(({ text }) => declaredTables(text))

  async function columnsNow(signal: AbortSignal): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    let NextToken: string | undefined
    do {
      const asked = new DescribeTableCommand({ ...place, Schema: schema, ...(NextToken && { NextToken }) })
      const page = await aws.redshiftData.send(asked, { abortSignal: signal })
      for (const column of page.ColumnList ?? [])
        if (column.schemaName === schema) found.set(keyOf(column.tableName, column.name), typeOf(column))
      NextToken = page.NextToken
    } while (NextToken)
    return found
  }
  async function* createTables(signal: AbortSignal): AsyncGenerator<string> {
    for (const { file, text } of files) {
      yield file
      await runTransaction(context, splitSqlFile(text), { signal, name: file })
    }
  }

  const login = 'redshift:GetClusterCredentials'
  return {
    id: `schema:${schema}`,
    kind: 'schema',
    name: `${target.warehouse.database}.${schema}`,
    dependsOn: [`role:${spec.sink.copyRole}`],
    must: mustBe(tables),
    permissions: {
      read: ['redshift-data:ListSchemas', 'redshift-data:DescribeTable', login],
      create: ['redshift-data:BatchExecuteStatement', 'redshift-data:DescribeStatement', login],
      change: differences => [
        ...(differences.some(isTable) ? ['redshift-data:BatchExecuteStatement'] : []),
        ...(differences.some(isColumn) ? ['redshift-data:ExecuteStatement'] : []),
        'redshift-data:DescribeStatement',
        login,
      ],
      destroy: ['redshift-data:ExecuteStatement', 'redshift-data:DescribeStatement', login],
    },
    async read(signal) {
      const { Schemas = [] } = await aws.redshiftData.send(new ListSchemasCommand(place), { abortSignal: signal })
      return Schemas.includes(schema) ? areNow(tables, await columnsNow(signal)) : undefined
    },
    async remedy(differences) {
      const others = differences.filter(entry => isColumn(entry) && entry.is !== NOT_SET)
      const named = others.map(({ member, is, must }) => `${schema}.${member} is ${is} and must be ${must}`)
      return {
        action: 'change',
        ...(others.length > 0 && {
          blocked:
            `${named.join(', ')}: a type is not changed under rows. Copy the table into one with the new type ` +
            '(CREATE TABLE, INSERT INTO ... SELECT, ALTER TABLE ... RENAME TO), then refresh the plan',
        }),
      }
    },
    create: createTables,
    async *change(differing, signal) {
      // Makes the tables that are not there; one that is stays as it is.
      if (differing.some(member => !member.includes('.'))) yield* createTables(signal)
      for (const member of differing.filter(name => name.includes('.'))) {
        const [table = '', column = ''] = member.split('.')
        const type = tables.find(entry => entry.name === table)?.columns.get(column)
        if (type === undefined) throw new Error(`${member} is declared nowhere`)
        yield `adding ${member}`
        await runStatement(context, `alter table ${schema}.${table} add column ${column} ${type}`, { signal })
      }
    },
    async *destroy(signal) {
      yield 'dropping it with its tables'
      await runStatement(context, `drop schema ${schema} cascade`, { signal })
    },
  }
}

const isColumn = ({ member }: Difference): boolean => member.includes('.')
const isTable = (difference: Difference): boolean => !isColumn(difference)

/** Redshift knows names that are not quoted by their lower case. */
const keyOf = (table = '', column = ''): string => `${table}.${column}`.toLowerCase()

const typeOf = ({ typeName = '', length = 0, precision = 0, scale = 0 }: ColumnMetadata): string =>
  columnType(typeName, /char/.test(typeName) ? [length] : [precision, scale])

/** A table, and each of its columns. */
const mustBe = (tables: readonly DeclaredTable[]): Members =>
  Object.fromEntries(
    tables.flatMap(({ name, columns }) => [
      [name, THERE],
      ...[...columns].map(([column, type]) => [`${name}.${column}`, type]),
    ]),
  )

function areNow(tables: readonly DeclaredTable[], found: ReadonlyMap<string, string>): Members {
  const there = new Set([...found.keys()].map(key => key.split('.')[0]))
  return Object.fromEntries(
    tables.flatMap(({ name, columns }) =>
      there.has(name.toLowerCase())
        ? [
            [name, THERE],
            ...[...columns.keys()].map(column => [`${name}.${column}`, found.get(keyOf(name, column)) ?? NOT_SET]),
          ]
        : // Its columns come with it: one line says that it is not there.
          [[name, NOT_SET], ...[...columns].map(([column, type]) => [`${name}.${column}`, type])],
    ),
  )
}
