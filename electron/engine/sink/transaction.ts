import type { BatchCounts } from '../../../shared/job/progress.ts'
import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'

export interface SinkBatch {
  queryId: string
  batchId: number
  counts: Pick<BatchCounts, 'read' | 'invalid' | 'late' | 'duplicatesInBatch' | 'staged'>
  /** Records of the stream that the rows came in; more, or fewer, than the rows when producers aggregate. */
  kinesisRecords: number
  watermarkMs: number | undefined
  /** `s3://bucket/prefix` of the staged Parquet; undefined when nothing was staged. */
  staged: string | undefined
  /** The ARN that COPY reads as. */
  copyRole: string
}

const STAGE = 'sluice_stage'
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

/**
 * One transaction for a batch, the last statement of which says what became of it. It may run again, before or after it
 * has committed, and changes nothing then: the lock lets only one at a time, the row of the batch table is written
 * once, and every key that was loaded is there to be matched. The first row of a key wins: Redshift's MERGE wants a
 * change for a match, so the key is set to itself.
 */
export function sinkTransaction(spec: Pipeline, batch: SinkBatch): string[] {
  const { schema, table, batchTable, mergeKey, columns } = spec.sink
  const fact = `${schema}.${table}`
  const batches = `${schema}.${batchTable}`
  const { counts } = batch
  const isThis = `query_id = ${text(batch.queryId)} and batch_id = ${batch.batchId}`
  const watermark =
    batch.watermarkMs === undefined
      ? 'null'
      : `timestamp ${text(new Date(batch.watermarkMs).toISOString().replace('T', ' ').replace('Z', ''))}`
  const onKey = mergeKey.map(key => `${fact}.${key} = ${STAGE}.${key}`).join(' and ')
  const names = columns.map(column => column.name)
  const result = `select duplicate_rows_matched, loaded_rows from ${batches} where ${isThis}`
  const insert = (matched: string) =>
    `insert into ${batches} (query_id, batch_id, read_rows, invalid_rows, late_rows, duplicate_rows_in_batch, staged_rows, duplicate_rows_matched, loaded_rows, watermark, committed_at, kinesis_records)
     select ${text(batch.queryId)}, ${batch.batchId}, ${counts.read}, ${counts.invalid}, ${counts.late}, ${counts.duplicatesInBatch}, ${counts.staged}, ${matched}, ${watermark}, getdate(), ${batch.kinesisRecords}`
  if (batch.staged === undefined) {
    return [`lock ${batches}`, `${insert('0, 0')} where not exists (select 1 from ${batches} where ${isThis})`, result]
  }
  return [
    `lock ${batches}`,
    `create temp table ${STAGE} (like ${fact})`,
    `copy ${STAGE} from ${text(batch.staged)} iam_role ${text(batch.copyRole)} format as parquet`,
    `${insert('m.matched, m.fresh')} from (
       select count(${fact}.${mergeKey[0]}) as matched, count(*) - count(${fact}.${mergeKey[0]}) as fresh from ${STAGE} left join ${fact} on ${onKey}) m
     where not exists (select 1 from ${batches} where ${isThis})`,
    `merge into ${fact} using ${STAGE} on ${onKey}
     when matched then update set ${mergeKey[0]} = ${STAGE}.${mergeKey[0]}
     when not matched then insert (${names.join(', ')}) values (${names.map(name => `${STAGE}.${name}`).join(', ')})`,
    result,
  ]
}
