import { z } from 'zod'
import { Chart } from './dashboard-spec.ts'
import { SimulatorSpec } from './simulator-spec.ts'
import { EventType } from './spec/event.ts'
import { Buckets, Cluster, Role } from './spec/infrastructure.ts'
import { identifier, pipelineId } from './spec/names.ts'
import { QuerySpec, SinkColumn } from './spec/query.ts'
import { KinesisSource } from './spec/source.ts'
import { Dimension, Warehouse } from './spec/warehouse.ts'

export { bucketName } from './spec/infrastructure.ts'
export type { Dimension }

/**
 * A pipeline that can run: its spec, resolved to the one query that reads a source and loads a table
 * (`resolve-pipeline.ts`). What runs a pipeline reads this: the plan, the simulator, the engines, the pages.
 */
export const Pipeline = z.strictObject({
  id: pipelineId,
  title: z.string(),
  description: z.string(),
  source: KinesisSource.omit({ event: true }),
  event: EventType,
  /** The query's name: names its folders in the checkpoint, staging, quarantine and progress prefixes. */
  job: QuerySpec.pick({ watermarkDelayMinutes: true, triggerMs: true, maxRecordsPerBatch: true, where: true }).extend({
    query: identifier,
  }),
  sink: Warehouse.extend({
    kind: z.literal('redshift'),
    table: identifier,
    mergeKey: z.array(identifier).min(1),
    /** The spec's columns, then those of provenance. */
    columns: z.array(SinkColumn).min(1),
  }),
  dimensions: z.array(Dimension),
  buckets: Buckets.extend({ orchestration: Buckets.shape.orchestration.unwrap() }),
  roles: z.strictObject({ emrService: Role, emrInstances: Role, warehouse: Role, orchestration: Role }),
  cluster: Cluster,
  simulator: SimulatorSpec,
  dashboard: z.array(Chart),
})
export type Pipeline = z.infer<typeof Pipeline>

/**
 * Parses what a resolved pipeline was written as (JSON.stringify of a Pipeline).
 * @throws Error that names each wrong member
 */
export function parsePipeline(text: string, file: string): Pipeline {
  const parsed = Pipeline.safeParse(JSON.parse(text))
  if (!parsed.success) throw new Error(`${file} is not a pipeline:\n${z.prettifyError(parsed.error)}`)
  return parsed.data
}
