import type { DuckDBConnection } from '@duckdb/node-api'
import { openLocked } from '../../../shared/duckdb/open-locked.ts'
import { RAW_TABLE } from '../../../shared/job/plan.ts'
import { compileJobPlan } from '../../../shared/pipelines/compile/compile.ts'
import { duckdbType } from '../../../shared/pipelines/compile/field-type.ts'
import { recordNames, ruleSql, valueSql } from '../../../shared/pipelines/compile/judge-sql.ts'
import { sqlName } from '../../../shared/pipelines/compile/sql-text.ts'
import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import type { EventType } from '../../../shared/pipelines/spec/event.ts'
import type { QuerySpec } from '../../../shared/pipelines/spec/query.ts'
import type { PipelineSpec } from '../../../shared/pipelines/spec/spec.ts'

/** A spec that was read, with the pipeline that it comes to when it can run. */
export interface SpecToCheck {
  file: string
  spec: PipelineSpec
  pipeline?: Pipeline
}

/**
 * Prepares every SQL expression of specs with the DuckDB that would run it, over an event without rows: a column that
 * is not there, a function that is not known, a text that is no SQL. Problems by file, each with its place in the spec
 * and DuckDB's own sentence; a spec without one is left out. What was prepared once is not prepared again.
 */
export type CheckSql = (specs: readonly SpecToCheck[]) => Promise<ReadonlyMap<string, readonly string[]>>

export function createSqlCheck(): CheckSql {
  const known = new Map<string, { text: string; problems: readonly string[] }>()
  return async specs => {
    const texts = new Map(specs.map(({ file, spec }) => [file, JSON.stringify(spec)]))
    for (const file of known.keys()) if (known.get(file)?.text !== texts.get(file)) known.delete(file)
    const open = specs.filter(({ file }) => !known.has(file))
    if (open.length > 0)
      await withDuckdb(async duckdb => {
        for (const one of open)
          known.set(one.file, { text: texts.get(one.file) ?? '', problems: await problemsOf(duckdb, one) })
      })
    return new Map([...known].flatMap(([file, { problems }]) => (problems.length > 0 ? [[file, problems]] : [])))
  }
}

async function withDuckdb(work: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await openLocked(DuckDBInstance.create, ':memory:', { threads: 1, memory: '256MB' })
  try {
    const connection = await instance.connect()
    try {
      await work(connection)
    } finally {
      connection.closeSync()
    }
  } finally {
    instance.closeSync()
  }
}

async function problemsOf(duckdb: DuckDBConnection, { spec, pipeline }: SpecToCheck): Promise<string[]> {
  const problems: string[] = []
  const tryTo = async (at: string, work: () => Promise<unknown>): Promise<boolean> => {
    const problem = await problemOf(work)
    if (problem !== undefined) problems.push(`${at}: ${problem}`)
    return problem === undefined
  }
  const prepare = (at: string, sql: string) => tryTo(at, () => duckdb.prepare(sql))
  for (const [name, event] of Object.entries(spec.events)) {
    if (!(await tryTo(`events.${name}.fields`, () => duckdb.run(emptyEvent(event))))) return problems
    for (const [index, { expression }] of event.checks.entries())
      await prepare(`events.${name}.checks.${index}.expression`, `select ${ruleSql(expression)} from event`)
  }
  for (const [name, query] of Object.entries(spec.queries)) {
    const source = spec.sources[query.source]
    const event = source && spec.events[source.event]
    if (!event) continue
    const withRecord = () => duckdb.run(emptyEvent(event, recordNames(source.kind)))
    if (!(await tryTo(`events.${source.event}.fields`, withRecord))) continue
    if (query.where !== undefined) await prepare(`queries.${name}.where`, `select ${ruleSql(query.where)} from event`)
    for (const { at, sql } of columnsOf(query))
      await prepare(`queries.${name}.${at}`, `select ordinal, ${sql} from event`)
  }
  // What each expression passed alone may still not be SQL together: a field that is called as a column of the plan's.
  if (pipeline && problems.length === 0) await tryTo(`queries.${pipeline.job.query}`, () => runPlan(duckdb, pipeline))
  return problems
}

/** The expressions of a query's sinks; over what a window gives, columns are checked when windows are built. */
const columnsOf = (query: QuerySpec): { at: string; sql: string }[] =>
  query.window
    ? []
    : query.sinks.flatMap((sink, place) =>
        sink.kind === 'redshift'
          ? sink.columns.map((column, index) => ({
              at: `sinks.${place}.columns.${index}.expression`,
              sql: valueSql({ ...column, expression: `(${column.expression})` }),
            }))
          : [],
      )

/** A table `event` without rows, with all that an expression may name: the fields, and what is known of the record. */
const emptyEvent = ({ fields }: EventType, ofRecord: Readonly<Record<string, string>> = {}): string => {
  const columns = fields.map(field => `${sqlName(field.name)} ${duckdbType(field)}`)
  const record = Object.entries(ofRecord).map(([name, type]) => `${name} ${type}`)
  return `create or replace temp table event (ordinal integer, ${[...columns, ...record].join(', ')})`
}

async function runPlan(duckdb: DuckDBConnection, pipeline: Pipeline): Promise<void> {
  const { judge } = compileJobPlan(pipeline)
  await duckdb.run('set variable batch_id = 0::bigint')
  await duckdb.run('set variable watermark = null::timestamp')
  await duckdb.run(RAW_TABLE)
  for (const sql of [...judge.statements, judge.counts, judge.quarantine, judge.staged, judge.rows])
    await duckdb.run(sql)
}

/** What DuckDB says of SQL that it does not take, in a line; undefined when it does. */
async function problemOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    // Behind the sentence comes the line of the compiled SQL, which is not the author's.
    const [said = ''] = error.message.split(/\n\s*\nLINE /)
    return said.replaceAll(/\s*\n\s*/g, ' ')
  }
}
