import type { JobPlan } from '../../../job/plan.ts'
import { type ColumnToCompile, isSuper } from '../judge-sql.ts'
import { BATCH_COLUMNS } from './batch-table.ts'

/** A table of Redshift that rows are merged into. */
export interface RedshiftSinkToCompile {
  schema: string
  table: string
  mergeKey: readonly string[]
  columns: readonly ColumnToCompile[]
  batchTable: string
}

/**
 * The transaction of a batch, with places for what the batch is. It may run again, before or after it has committed,
 * and changes nothing then: the lock lets only one at a time, the row of the batch table is written once, and every key
 * that was loaded is there to be matched. The first row of a key wins: Redshift's MERGE wants a change for a match, so
 * the key is set to itself.
 */
export function redshiftSink(sink: RedshiftSinkToCompile): JobPlan['sink'] {
  const { schema, table, mergeKey, columns, batchTable } = sink
  const fact = `${schema}.${table}`
  const batches = `${schema}.${batchTable}`
  const isThis = 'query_id = {queryId} and batch_id = {batchId}'
  const onKey = mergeKey.map(key => `${fact}.${key} = {stage}.${key}`).join(' and ')
  const insert = (matched: string) =>
    `insert into ${batches} (${BATCH_COLUMNS.map(({ name }) => name).join(', ')})
     select {queryId}, {batchId}, {readRows}, {invalidRows}, {lateRows}, {duplicateRows}, {stagedRows}, ${matched},
       cast({watermark} as timestamp), getdate(), {sourceRecords}`
  const once = `where not exists (select 1 from ${batches} where ${isThis})`
  const value = (column: ColumnToCompile) =>
    isSuper(column) ? `json_parse({stage}.${column.name})` : `{stage}.${column.name}`
  return {
    kind: 'redshift',
    schema,
    table,
    mergeKey: [...mergeKey],
    stageColumns: stageColumns(fact, columns),
    transaction: {
      lock: [`lock ${batches}`],
      copy: [
        `create temp table {stage} ${stageColumns(fact, columns)}`,
        'copy {stage} from {staged} iam_role {copyRole} format as parquet',
      ],
      merge: [
        `${insert('m.matched, m.fresh')} from (
       select count(${fact}.${mergeKey[0]}) as matched, count(*) - count(${fact}.${mergeKey[0]}) as fresh from {stage}
         left join ${fact} on ${onKey}) m
     ${once}`,
        `merge into ${fact} using {stage} on ${onKey}
     when matched then update set ${mergeKey[0]} = {stage}.${mergeKey[0]}
     when not matched then insert (${columns.map(({ name }) => name).join(', ')})
       values (${columns.map(value).join(', ')})`,
      ],
      nothing: [`${insert('0, 0')} ${once}`],
      result: `select duplicate_rows_matched, loaded_rows from ${batches} where ${isThis}`,
    },
  }
}

/**
 * As the fact table; but what goes into a SUPER is staged as text, the longest that there is, and parsed by the MERGE:
 * a COPY of Parquet would load the text as a string (Redshift, "COPY from columnar data formats").
 */
function stageColumns(fact: string, columns: readonly ColumnToCompile[]): string {
  if (!columns.some(isSuper)) return `(like ${fact})`
  return `(${columns.map(column => `${column.name} ${isSuper(column) ? 'VARCHAR(65535)' : column.type}`).join(', ')})`
}
