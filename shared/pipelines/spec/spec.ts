import { z } from 'zod'
import { Chart } from '../dashboard-spec.ts'
import { SimulatorSpec } from '../simulator-spec.ts'
import { EventType } from './event.ts'
import { Buckets, Cluster, Role } from './infrastructure.ts'
import { identifier, partName, pipelineId } from './names.ts'
import { Alarm, BatchStep, Catalog, Check } from './operations.ts'
import { QuerySpec } from './query.ts'
import { SourceSpec } from './source.ts'
import { Dimension, Warehouse } from './warehouse.ts'

/** The version of the format that this program reads. */
export const SPEC_VERSION = 2

/** A pipeline as its author writes it, one JSON file. Everything that knows a pipeline is derived from it. */
export const PipelineSpec = z.strictObject({
  specVersion: z.literal(SPEC_VERSION),
  id: pipelineId,
  title: z.string().min(1),
  description: z.string(),
  sources: z.record(partName, SourceSpec),
  events: z.record(partName, EventType),
  /** The streaming queries of the application, by name: it names their folders in the checkpoint and other prefixes. */
  queries: z.record(identifier, QuerySpec),
  batchSteps: z.array(BatchStep).default([]),
  warehouse: Warehouse.optional(),
  catalog: Catalog.optional(),
  dimensions: z.array(Dimension).default([]),
  buckets: Buckets,
  roles: z
    .strictObject({ emrService: Role, emrInstances: Role, warehouse: Role.optional(), orchestration: Role.optional() })
    .optional(),
  cluster: Cluster.optional(),
  simulator: SimulatorSpec.optional(),
  dashboard: z.array(Chart).default([]),
  alarms: z.array(Alarm).default([]),
  checks: z.array(Check).default([]),
})
export type PipelineSpec = z.infer<typeof PipelineSpec>
