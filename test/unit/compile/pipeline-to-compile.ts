import type { QueryToCompile } from '../../../shared/pipelines/compile/compile.ts'
import type { FieldToCompile } from '../../../shared/pipelines/compile/field.ts'
import type { ColumnToCompile } from '../../../shared/pipelines/compile/judge-sql.ts'

const PROVENANCE: ColumnToCompile[] = [
  { name: 'shard_id', type: 'VARCHAR(32)', expression: 'shardId' },
  { name: 'batch_id', type: 'BIGINT', expression: 'batchId' },
]

export const field = (name: string, type: FieldToCompile['type'], more: Partial<FieldToCompile> = {}) => ({
  name,
  type,
  required: false,
  ...more,
})

/** A query of an event with a key `id`, a time `at`, and fields of the test. */
export function queryOf(
  fields: readonly FieldToCompile[],
  more: { checks?: QueryToCompile['event']['checks']; columns?: readonly ColumnToCompile[] } = {},
): QueryToCompile {
  return {
    id: 'test-pipeline',
    source: { kind: 'kinesis' },
    event: {
      key: ['id'],
      time: 'at',
      fields: [field('id', 'string', { required: true }), field('at', 'timestamp', { required: true }), ...fields],
      checks: more.checks ?? [],
    },
    job: { query: 'toTable', watermarkDelayMinutes: 5 },
    sink: {
      schema: 'mart',
      table: 'facts',
      mergeKey: ['id'],
      columns: [{ name: 'id', type: 'VARCHAR(36)', expression: 'id' }, ...(more.columns ?? []), ...PROVENANCE],
      batchTable: 'batches',
    },
    buckets: {
      streaming: {
        prefixes: { checkpoint: 'checkpoint/', staging: 'staging/', quarantine: 'quarantine/', progress: 'progress/' },
      },
    },
  }
}
