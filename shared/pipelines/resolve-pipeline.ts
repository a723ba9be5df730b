import type { Pipeline } from './pipeline.ts'
import { provenanceColumns } from './provenance.ts'
import type { QuerySpec } from './spec/query.ts'
import type { PipelineSpec } from './spec/spec.ts'

/** What a spec comes to: a pipeline that can run, or the parts of it that Sluice does not run yet. */
export type Resolved = { kind: 'ready'; pipeline: Pipeline } | { kind: 'incomplete'; missing: string[] }

/** Resolves a spec to the pipeline that runs; where it asks for what is not built yet, says each such part. */
export function resolvePipeline(spec: PipelineSpec): Resolved {
  const missing = partsNotBuilt(spec)
  const [query] = Object.entries(spec.queries)
  const source = query && spec.sources[query[1].source]
  const event = source && spec.events[source.event]
  const sink = query?.[1].sinks[0]
  const { warehouse, roles, cluster, simulator, buckets } = spec
  const { orchestration } = buckets
  if (missing.length > 0) return { kind: 'incomplete', missing }
  if (!query || !event || !warehouse || !cluster || !simulator || !orchestration || source.kind !== 'kinesis')
    throw new Error(`${spec.id}: a part is missing that nothing names`)
  if (sink?.kind !== 'redshift' || !roles?.warehouse || !roles.orchestration)
    throw new Error(`${spec.id}: a part is missing that nothing names`)
  const { event: _, ...stream } = source
  const { watermarkDelayMinutes, triggerMs, maxRecordsPerBatch, where } = query[1]
  return {
    kind: 'ready',
    pipeline: {
      id: spec.id,
      title: spec.title,
      description: spec.description,
      source: stream,
      event,
      job: { query: query[0], watermarkDelayMinutes, triggerMs, maxRecordsPerBatch, ...(where && { where }) },
      sink: { ...warehouse, ...sink, columns: [...sink.columns, ...provenanceColumns(source.kind)] },
      dimensions: spec.dimensions,
      buckets: { ...buckets, orchestration },
      roles: { ...roles, warehouse: roles.warehouse, orchestration: roles.orchestration },
      cluster,
      simulator,
      dashboard: spec.dashboard,
    },
  }
}

/** The parts of a spec that are read and not run yet, each as a phrase; none when the pipeline can run. */
function partsNotBuilt(spec: PipelineSpec): string[] {
  const queries = Object.entries(spec.queries)
  const [first] = queries
  const missing: string[] = []
  const need = (isBuilt: boolean, part: string) => {
    if (!isBuilt) missing.push(part)
  }
  const kafka = Object.entries(spec.sources).filter(([, { kind }]) => kind === 'kafka')
  need(kafka.length === 0, `Kafka sources (${kafka.map(([name]) => name).join(', ')})`)
  need(Object.keys(spec.sources).length <= 1, `several sources (${Object.keys(spec.sources).length})`)
  need(queries.length <= 1, `several queries in one application (${queries.length})`)
  const where = (named: readonly (readonly [string, unknown])[]) =>
    `${named.length === 1 ? 'query' : 'queries'} ${named.map(([name]) => name).join(', ')}`
  const needOfQueries = (part: string, asksForIt: (query: QuerySpec) => boolean) => {
    const asking = queries.filter(([, query]) => asksForIt(query))
    need(asking.length === 0, `${part} (${where(asking)})`)
  }
  needOfQueries('aggregates over windows', query => query.window !== undefined)
  needOfQueries('the latest state of each key', query => query.latest !== undefined)
  needOfQueries('a filter of events', query => query.where !== undefined)
  for (const [kind, title] of Object.entries(SINK_TITLES))
    if (kind !== 'redshift') needOfQueries(title, query => query.sinks.some(sink => sink.kind === kind))
  need((first?.[1].sinks.length ?? 0) <= 1, `several sinks of a query (${first?.[0]})`)
  need(spec.batchSteps.length === 0, `batch steps (${spec.batchSteps.map(step => step.id).join(', ')})`)
  need(!spec.catalog, 'a data catalog')
  need(spec.alarms.length === 0, `alarms (${spec.alarms.map(alarm => alarm.id).join(', ')})`)
  need(spec.checks.length === 0, `checks (${spec.checks.map(check => check.id).join(', ')})`)
  need(!spec.buckets.raw && !spec.buckets.processed, 'buckets for raw events and results')
  need(spec.simulator !== undefined, 'a simulator: the spec has none')
  need(spec.cluster !== undefined, 'a job without an EMR cluster')
  need(spec.warehouse !== undefined, 'a pipeline without a Redshift warehouse')
  need(spec.roles?.warehouse !== undefined && spec.roles.orchestration !== undefined, 'roles that are left out')
  need(spec.buckets.orchestration !== undefined, 'a pipeline without a bucket for orchestration')
  return missing
}

const SINK_TITLES = {
  redshift: 'Redshift tables',
  parquet: 'Parquet files',
  json: 'JSON files',
  dynamodb: 'DynamoDB tables',
  iceberg: 'Iceberg tables',
} as const
