import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import { IS_OBJECT, partsOf, reasonExpression, sqlName, sqlText, typedValue } from './rules.ts'

/** The columns of the table of raw records that the statements below read. */
export const RAW_TABLE =
  'create or replace temp table raw (ordinal integer, shard_id varchar, sequence_number varchar, partition_key varchar, arrived_at timestamp, data varchar, is_utf8 boolean)'

/**
 * The statements that turn the table `raw` into `verdicts` (ordinal, verdict, reason, the event's fields in their
 * types): a verdict of `invalid`, `late`, `duplicate` (not the first of its key in the batch) or `staged`, in this
 * order of precedence.
 */
export function classifySql(spec: Pipeline, watermarkMs: number | undefined): string[] {
  const { fields, key, time, checks } = spec.event
  const names = fields.map(field => sqlName(field.name)).join(', ')
  const parts = partsOf(spec)
  const checked = checks.map(
    check => `when not coalesce((${check.expression}), false) then ${sqlText(`check:${check.reason}`)}`,
  )
  const reason = checked.length === 0 ? 'field_reason' : `coalesce(field_reason, case ${checked.join(' ')} end)`
  const late =
    watermarkMs === undefined ? 'false' : `${sqlName(time)} < make_timestamp(${Math.round(watermarkMs * 1000)})`
  const keys = key.map(sqlName).join(', ')
  const record = 'ordinal, shard_id, sequence_number, partition_key, arrived_at'
  return [
    `create or replace temp table judged as
       select * exclude (field_reason), case when reason is not null then 'invalid' when ${late} then 'late' else 'valid' end as first_verdict from (
         select *, ${reason} as reason from (
           select ${record}, ${names}, ${reasonExpression(spec)} as field_reason from (
             select *, ${fields.map((field, index) => `${typedValue(field, index + 1)} as ${sqlName(field.name)}`).join(', ')} from (
               select ${record}, is_utf8, is_object, ${parts.types} as types, ${parts.texts} as texts from (
                 select *, ${IS_OBJECT} as is_object from raw)))))`,
    `create or replace temp table first_of_key as
       select min(ordinal) as ordinal from judged where first_verdict = 'valid' group by ${keys}`,
    `create or replace temp table verdicts as
       select judged.* exclude (first_verdict), case when first_verdict <> 'valid' then first_verdict
         when first_of_key.ordinal is null then 'duplicate' else 'staged' end as verdict
       from judged left join first_of_key on judged.ordinal = first_of_key.ordinal`,
  ]
}

/** The rows to stage, in the columns of the sink, in their order. */
export function stagedSql(spec: Pipeline, batchId: number): string {
  const columns = spec.sink.columns.map(column => `${column.expression} as ${sqlName(column.name)}`).join(', ')
  return `select ${columns} from (select *, shard_id as shardId, sequence_number as sequenceNumber, partition_key as partitionKey, arrived_at as arrivedAt,
    ${batchId}::bigint as batchId from verdicts where verdict = 'staged') order by ordinal`
}
