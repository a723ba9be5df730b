import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'

/** The fact table and the batch table of a pipeline, and what a statement to them needs. */
export interface RedshiftTables {
  context: PipelineContext
  clock: Clock
  names: { table: string; batchTable: string; mergeKey: readonly string[] }
  /** The columns that say where a row's record is in its stream. */
  place: { partition: string; offset: string }
}
