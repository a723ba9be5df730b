import type { PipelineSpec } from './spec/spec.ts'

/** One thing of AWS that a pipeline makes or writes to, by the name that its spec gives it. */
interface NamedResource {
  kind: string
  name: string
}

/**
 * What two pipelines both name, each as a phrase: `the stream readings`. Buckets may be shared by several, prefixes in
 * them not; a schema not either, for it is destroyed with all its tables.
 */
export function sharedResources(a: PipelineSpec, b: PipelineSpec): string[] {
  const others = resourcesOf(b)
  const found = resourcesOf(a).flatMap(({ kind, name }) =>
    others.some(other => other.kind === kind && (other.name === name || isWithin(kind, other.name, name)))
      ? [`the ${kind} ${name}`]
      : [],
  )
  return [...new Set(found)]
}

const PREFIX = 'prefix'
const isWithin = (kind: string, a: string, b: string): boolean =>
  kind === PREFIX && (a.startsWith(b) || b.startsWith(a))

function resourcesOf(spec: PipelineSpec): NamedResource[] {
  const { buckets, warehouse, catalog, cluster, roles } = spec
  const named = (kind: string, names: readonly string[]): NamedResource[] => names.map(name => ({ kind, name }))
  const sinks = Object.values(spec.queries).flatMap(query => query.sinks)
  const below = (bucket: string | undefined, prefixes: readonly string[]): string[] =>
    bucket === undefined ? [] : prefixes.map(prefix => `s3://${bucket}/${prefix}`)
  return [
    ...Object.values(spec.sources).flatMap(source =>
      source.kind === 'kinesis' ? named('stream', [source.stream]) : named('topic', [source.topic]),
    ),
    ...named(PREFIX, [
      ...below(buckets.artifacts.name, Object.values(buckets.artifacts.prefixes)),
      ...below(buckets.streaming.name, Object.values(buckets.streaming.prefixes)),
      ...sinks.flatMap(sink =>
        sink.kind === 'parquet' || sink.kind === 'json' ? below(bucketsByName(spec)[sink.bucket], [sink.prefix]) : [],
      ),
    ]),
    // Redshift knows names by their lower case.
    ...named('schema', warehouse ? [`${warehouse.database}.${warehouse.schema}`.toLowerCase()] : []),
    ...named(
      'table',
      sinks.flatMap(sink => (sink.kind === 'dynamodb' ? [sink.table] : [])),
    ),
    ...named('database of the catalog', catalog ? [catalog.database] : []),
    ...named('cluster', cluster ? [cluster.name] : []),
    ...named(
      'role',
      Object.values(roles ?? {}).flatMap(role => (role ? [role.name] : [])),
    ),
  ]
}

const bucketsByName = (spec: PipelineSpec): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(spec.buckets).map(([name, bucket]) => [name, bucket?.name]))
