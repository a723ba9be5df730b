import type { JobPlan } from './plan.ts'
import type { BatchCounts } from './progress.ts'

/** What the places of a transaction's statements are filled with. */
export interface BatchToLoad {
  queryId: string
  batchId: number
  counts: Pick<BatchCounts, 'read' | 'invalid' | 'late' | 'duplicatesInBatch' | 'staged'>
  /** Records of the stream that the rows came in; more, or fewer, than the rows when producers aggregate. */
  sourceRecords: number
  watermarkMs: number | undefined
  /** `s3://bucket/prefix` of the staged Parquet; undefined when nothing was staged. */
  staged: string | undefined
  /** The ARN that COPY reads as. */
  copyRole: string
}

/**
 * The statements of a batch's transaction, the last of which says what became of it. It may run again, before or after
 * it has committed, and changes nothing then (shared/pipelines/compile/redshift/transaction.ts). The Spark job's
 * sinks/transaction.py does the same.
 */
export function transactionOf(plan: JobPlan, batch: BatchToLoad): string[] {
  const { lock, copy, merge, nothing, result } = plan.sink.transaction
  const { counts, watermarkMs } = batch
  const places: Record<string, string | number | undefined> = {
    queryId: batch.queryId,
    batchId: batch.batchId,
    readRows: counts.read,
    invalidRows: counts.invalid,
    lateRows: counts.late,
    duplicateRows: counts.duplicatesInBatch,
    stagedRows: counts.staged,
    sourceRecords: batch.sourceRecords,
    watermark:
      watermarkMs === undefined ? undefined : new Date(watermarkMs).toISOString().replace('T', ' ').replace('Z', ''),
    staged: batch.staged,
    copyRole: batch.copyRole,
  }
  const statements = batch.staged === undefined ? [...lock, ...nothing, result] : [...lock, ...copy, ...merge, result]
  return statements.map(statement => fillStatement(statement, places, STAGE))
}

const STAGE = 'sluice_stage'

/** Fills the places of a statement: `{stage}` is a table's name, every other one a value, written as a literal. */
function fillStatement(
  statement: string,
  places: Readonly<Record<string, string | number | undefined>>,
  stage: string,
): string {
  return statement.replace(/\{(\w+)\}/g, (place, name: string) => {
    if (name === 'stage') return stage
    if (!(name in places)) throw new Error(`The plan's statement has a place that this engine does not know: ${place}`)
    const value = places[name]
    return value === undefined ? 'null' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
  })
}
