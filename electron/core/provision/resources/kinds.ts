import type { PlanOptions } from '../../../../shared/features/provision.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { Resource } from '../resource.ts'
import { schemaResource } from './schema.ts'
import { streamResource } from './stream.ts'

type OfSource = (context: PipelineContext, options: PlanOptions) => Resource[]
type OfSink = (context: PipelineContext) => Promise<Resource[]>

/** What a source needs of AWS, by its kind. */
const OF_SOURCES: Readonly<Record<PipelineContext['spec']['source']['kind'], OfSource>> = {
  kinesis: (context, options) => [streamResource(context, options.partitions ?? context.spec.source.shards)],
}

/** What a sink needs of AWS, by its kind. */
const OF_SINKS: Readonly<Record<PipelineContext['spec']['sink']['kind'], OfSink>> = {
  redshift: async context => [await schemaResource(context)],
}

export const sourceResources: OfSource = (context, options) => OF_SOURCES[context.spec.source.kind](context, options)
export const sinkResources: OfSink = context => OF_SINKS[context.spec.sink.kind](context)
