import type { PipelineSpec } from '../../../shared/pipelines/spec.ts'
import { fieldsOf, reasonExpression, sqlName, sqlText, typedValue } from './rules.ts'

/** The columns of the table of raw records that the statements below read. */
export const RAW_TABLE =
  'create or replace temp table raw (ordinal integer, shard_id varchar, sequence_number varchar, partition_key varchar, arrived_at timestamp, data varchar, is_utf8 boolean)'

/**
 * The statements that turn the table `raw` into `judged` (ordinal, verdict, reason, the event's fields in their types): a verdict of
 * `invalid`, `late`, `duplicate` (not the first of its key in the batch) or `staged`, in this order of precedence.
 */
export function classifySql(spec: PipelineSpec, watermarkMs: number | undefined): string[] {
  const { fields, key, time, checks } = spec.event
  const checked = checks.map(check => `when not coalesce((${check.expression}), false) then ${sqlText(`check:${check.reason}`)}`)
  const late = watermarkMs === undefined ? 'false' : `${sqlName(time)} < make_timestamp(${Math.round(watermarkMs * 1000)})`
  const keys = key.map(sqlName).join(', ')
  return [
    `create or replace temp table parsed as
       select * exclude (data), case when is_utf8 and json_valid(data) and json_type(data) = 'OBJECT' then ${fieldsOf(spec)} end as event from raw`,
    `create or replace temp table typed as
       select * exclude (event), ${reasonExpression(spec)} as field_reason, ${fields.map(field => `${typedValue(field)} as ${sqlName(field.name)}`).join(', ')} from parsed`,
    `create or replace temp table judged as
       select *, case when reason is not null then 'invalid' when ${late} then 'late' else 'valid' end as first_verdict
       from (select *, ${checked.length === 0 ? 'field_reason' : `coalesce(field_reason, case ${checked.join(' ')} end)`} as reason from typed)`,
    `create or replace temp table verdicts as
       select * exclude (first_verdict, field_reason), case when first_verdict <> 'valid' then first_verdict
         when row_number() over (partition by first_verdict, ${keys} order by ordinal) > 1 then 'duplicate' else 'staged' end as verdict
       from judged`,
  ]
}

/** The rows to stage, in the columns of the sink, in their order. */
export function stagedSql(spec: PipelineSpec, batchId: number): string {
  const columns = spec.sink.columns.map(column => `${column.expression} as ${sqlName(column.name)}`).join(', ')
  return `select ${columns} from (select *, shard_id as shardId, sequence_number as sequenceNumber, partition_key as partitionKey, arrived_at as arrivedAt,
    ${batchId}::bigint as batchId from verdicts where verdict = 'staged') order by ordinal`
}
