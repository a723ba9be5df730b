import { z } from 'zod'
import { unfitGenerators } from './generator-fits.ts'
import { provenanceColumns } from './provenance.ts'
import { PipelineSpec, SPEC_VERSION } from './spec/spec.ts'

/**
 * Parses a spec from the text of its file, and checks that the names it uses are names it declares.
 * @throws Error that names the file and each wrong member, for the author
 */
export function parseSpec(text: string, file: string): PipelineSpec {
  const json = parseJson(text, file)
  refuseOtherVersion(json, file)
  const parsed = PipelineSpec.safeParse(json)
  if (!parsed.success) throw new Error(`${file} is not a pipeline spec:\n${z.prettifyError(parsed.error)}`)
  const problems = undeclaredNames(parsed.data)
  if (problems.length > 0) throw new Error(`${file} is not a pipeline spec:\n${problems.join('\n')}`)
  return parsed.data
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The first format had no version in it. */
function refuseOtherVersion(json: unknown, file: string): void {
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw new Error(`${file} is not a pipeline spec: it is no JSON object.`)
  const version = 'specVersion' in json ? json.specVersion : 'source' in json ? 1 : undefined
  if (version === SPEC_VERSION) return
  if (version === 1)
    throw new Error(
      `${file} is a pipeline spec of version 1, and this program reads version ${SPEC_VERSION}. Change it so: ` +
        `"specVersion": ${SPEC_VERSION}; "source" becomes an entry of "sources" that names its "event"; "event" ` +
        'becomes ' +
        'an entry of "events" with "noun" and "plural"; "job" becomes an entry of "queries" that names its ' +
        '"source" and ' +
        'holds the table, "mergeKey" and "columns" of "sink" in its "sinks"; the rest of "sink" becomes "warehouse"; ' +
        'columns of provenance (shard_id, sequence_number, arrived_at, batch_id) go.',
    )
  throw new Error(
    version === undefined
      ? `${file} has no "specVersion": this program reads version ${SPEC_VERSION}.`
      : `${file} is a pipeline spec of version ${String(version)}, and this program reads version ${SPEC_VERSION}. ` +
          'A newer Sluice reads newer ones.',
  )
}

function undeclaredNames(spec: PipelineSpec): string[] {
  return [
    ...(['sources', 'events', 'queries'] as const)
      .filter(member => Object.keys(spec[member]).length === 0)
      .map(member => `${member}: at least one is needed`),
    ...problemsOfSources(spec),
    ...Object.entries(spec.events).flatMap(([name, event]) => problemsOfEvent(spec, name, event)),
    ...Object.entries(spec.queries).flatMap(([name, query]) => problemsOfQuery(spec, name, query)),
    ...problemsOfOperations(spec),
  ]
}

const unknown = (where: string, names: readonly string[], known: Iterable<string>): string[] => {
  const declared = new Set(known)
  return names.filter(name => !declared.has(name)).map(name => `${where}: ${name} is not declared`)
}

function problemsOfSources(spec: PipelineSpec): string[] {
  return Object.entries(spec.sources).flatMap(([name, source]) => {
    const where = `sources.${name}`
    const event = Object.hasOwn(spec.events, source.event) ? spec.events[source.event] : undefined
    if (!event) return [`${where}.event: ${source.event} is not declared`]
    const key = source.kind === 'kinesis' ? source.partitionKey : source.messageKey
    const member = source.kind === 'kinesis' ? 'partitionKey' : 'messageKey'
    if (key === undefined) return []
    const field = event.fields.find(({ name: fieldName }) => fieldName === key)
    if (!field) return [`${where}.${member}: ${key} is not declared`]
    return typeof field.type === 'object' ? [`${where}.${member}: ${key} has members, so it can be no key`] : []
  })
}

function problemsOfEvent(spec: PipelineSpec, name: string, event: PipelineSpec['events'][string]): string[] {
  const where = `events.${name}`
  const fields = event.fields.map(field => field.name)
  const time = event.fields.find(field => field.name === event.time)
  const dimensions = new Map(spec.dimensions.map(({ table, columns }) => [table, columns.map(column => column.name)]))
  return [
    ...unknown(`${where}.key`, event.key, fields),
    ...unknown(`${where}.time`, [event.time], fields),
    ...(time && time.type !== 'timestamp' ? [`${where}.time: ${event.time} is not of the type timestamp`] : []),
    ...repeated(fields).map(field => `${where}.fields: ${field} stands twice`),
    ...event.fields.flatMap(({ name: field, references }) =>
      references
        ? unknown(
            `${where}.fields.${field}.references`,
            [references.column],
            dimensions.get(references.dimension) ?? [],
          )
        : [],
    ),
    ...event.fields
      .filter(
        ({ name: field, type }) => typeof type === 'object' && (event.key.includes(field) || field === event.time),
      )
      .map(({ name: field }) => `${where}: ${field} has members, so it can be neither a key nor the time`),
    ...(spec.simulator && Object.keys(spec.events).length === 1
      ? [
          ...unknown(`simulator.fields`, Object.keys(spec.simulator.fields), fields),
          ...unfitGenerators(event.fields, spec.simulator.fields),
        ]
      : []),
  ]
}

function problemsOfQuery(spec: PipelineSpec, name: string, query: PipelineSpec['queries'][string]): string[] {
  const where = `queries.${name}`
  const source = Object.hasOwn(spec.sources, query.source) ? spec.sources[query.source] : undefined
  const provenance = new Set(source ? provenanceColumns(source.kind).map(column => column.name) : [])
  const buckets = Object.keys(spec.buckets)
  return [
    ...unknown(`${where}.source`, [query.source], Object.keys(spec.sources)),
    ...(query.window && query.latest ? [`${where}: a query has a window or a latest state, not both`] : []),
    ...query.sinks.flatMap((sink, index) => {
      const at = `${where}.sinks.${index}`
      if (sink.kind === 'redshift')
        return [
          ...(spec.warehouse ? [] : [`${at}: the spec has no warehouse`]),
          ...unknown(
            `${at}.mergeKey`,
            sink.mergeKey,
            sink.columns.map(column => column.name),
          ),
          ...repeated(sink.columns.map(column => column.name)).map(column => `${at}.columns: ${column} stands twice`),
          ...sink.columns
            .filter(column => provenance.has(column.name))
            .map(column => `${at}.columns: ${column.name} is a column of provenance, which is added to each table`),
        ]
      if (sink.kind === 'parquet' || sink.kind === 'json') return unknown(`${at}.bucket`, [sink.bucket], buckets)
      if (sink.kind === 'iceberg' && !spec.catalog) return [`${at}: the spec has no catalog`]
      return []
    }),
  ]
}

function problemsOfOperations(spec: PipelineSpec): string[] {
  const parts = [...Object.keys(spec.sources), ...Object.keys(spec.queries), ...(spec.cluster ? ['cluster'] : [])]
  const crawler = spec.catalog?.crawler
  return [
    ...spec.alarms.flatMap(alarm => unknown(`alarms.${alarm.id}.on`, [alarm.on], parts)),
    ...(crawler ? unknown('catalog.crawler.bucket', [crawler.bucket], Object.keys(spec.buckets)) : []),
    ...(spec.warehouse && spec.roles?.warehouse && spec.warehouse.copyRole !== spec.roles.warehouse.name
      ? [`warehouse.copyRole: ${spec.warehouse.copyRole} is not the name of roles.warehouse`]
      : []),
  ]
}

const repeated = (names: readonly string[]): string[] => names.filter((name, index) => names.indexOf(name) !== index)
