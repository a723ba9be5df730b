import { z } from 'zod'
import { Chart } from './dashboard-spec.ts'
import { SimulatorSpec } from './simulator-spec.ts'

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a letter, then letters, digits or underscores')

/** One field of an event. `required` fields that are missing, null or of another type make the event invalid. */
const EventField = z.strictObject({
  name,
  type: z.enum(['string', 'int', 'decimal', 'timestamp']),
  required: z.boolean().default(true),
  /** For `decimal`: digits in all and behind the point. */
  precision: z.int().min(1).max(38).optional(),
  scale: z.int().min(0).max(37).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  /** For `string`: the longest value in UTF-8 bytes, as Redshift counts a VARCHAR. */
  maxBytes: z.int().min(1).max(65_535).optional(),
  enum: z.array(z.string()).min(1).optional(),
  /** The unit shown with the number: `min`, `USD`. */
  unit: z.string().optional(),
  /** The dimension table and its key that the value must be found in; a miss is a finding, not an invalid event. */
  references: z.strictObject({ dimension: name, column: name }).optional(),
  description: z.string(),
})
export type EventField = z.infer<typeof EventField>

const DimensionColumn = z.strictObject({ name, type: z.string(), description: z.string() })
const Dimension = z.strictObject({
  table: name,
  key: name,
  /** The CSV file below `dims/`, with a header line; the same order as `columns`. */
  file: z.string(),
  columns: z.array(DimensionColumn).min(1),
})
export type Dimension = z.infer<typeof Dimension>

/**
 * A column of the fact table: its Redshift type, and the SQL expression that fills it (Spark and DuckDB both run it).
 * It may use the event's fields, and of the record `shardId`, `sequenceNumber`, `partitionKey`, `arrivedAt`
 * (approximate arrival, UTC) and `batchId`.
 */
const SinkColumn = z.strictObject({ name, type: z.string(), expression: z.string() })

/** A bucket: its name may hold `{account}` and `{region}`; its prefixes are what Sluice keeps there. */
const Bucket = z.strictObject({ name: z.string(), prefixes: z.record(z.string(), z.string()), description: z.string() })
const Role = z.strictObject({
  name: z.string(),
  service: z.string().describe('The service that may assume it, for instance elasticmapreduce.amazonaws.com'),
  managedPolicies: z.array(z.string()).default([]),
  instanceProfile: z.boolean().default(false),
  description: z.string(),
  statements: z.array(
    z.strictObject({
      sid: name,
      actions: z.array(z.string()).min(1),
      resources: z.array(z.string()).min(1),
      why: z.string(),
    }),
  ),
})

/** A pipeline as data. Everything that knows a pipeline reads this: the plan, the simulator, the engines, the pages. */
export const PipelineSpec = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string(),
  description: z.string(),
  source: z.strictObject({
    kind: z.literal('kinesis'),
    stream: z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/),
    shards: z.int().min(1).max(200),
    retentionHours: z.int().min(24).max(8760),
    /** The field whose value is the partition key. */
    partitionKey: name,
  }),
  event: z.strictObject({
    name,
    key: z.array(name).min(1),
    time: name,
    fields: z.array(EventField).min(1),
    /**
     * Rules over several fields: SQL (Spark and DuckDB) that is true for a valid event; `reason` goes to the
     * quarantine.
     */
    checks: z.array(z.strictObject({ reason: name, expression: z.string() })).default([]),
  }),
  job: z.strictObject({
    /** The query's name: names its folders in the checkpoint, staging, quarantine and progress prefixes. */
    query: name,
    watermarkDelayMinutes: z.number().min(0),
    triggerMs: z.int().min(0),
    maxRecordsPerBatch: z.int().min(1),
  }),
  sink: z.strictObject({
    kind: z.literal('redshift'),
    database: z.string(),
    schema: name,
    table: name,
    /** Columns of `columns` that a MERGE matches by. */
    mergeKey: z.array(name).min(1),
    columns: z.array(SinkColumn).min(1),
    /** The table that one row a committed batch goes to, in the same transaction as the batch. */
    batchTable: name,
    /** SQL files below `sql/`, in order: schema, tables. */
    ddl: z.array(z.string()).min(1),
    copyRole: z.string(),
  }),
  dimensions: z.array(Dimension),
  buckets: z.strictObject({ orchestration: Bucket, artifacts: Bucket, streaming: Bucket }),
  roles: z.strictObject({ emrService: Role, emrInstances: Role, warehouse: Role, orchestration: Role }),
  cluster: z.strictObject({
    name: z.string(),
    release: z.string(),
    applications: z.array(z.string()),
    primary: z.strictObject({ instanceType: z.string(), count: z.literal(1) }),
    core: z.strictObject({ instanceType: z.string(), count: z.int().min(1) }),
  }),
  simulator: SimulatorSpec,
  /** What the warehouse page shows of the facts. */
  dashboard: z.array(Chart).default([]),
})
export type PipelineSpec = z.infer<typeof PipelineSpec>

/**
 * Parses a spec from the text of its file, and checks that names it uses are names it declares.
 * @throws Error that names each wrong member
 */
export function parsePipelineSpec(text: string, file: string): PipelineSpec {
  const parsed = PipelineSpec.safeParse(JSON.parse(text))
  if (!parsed.success) throw new Error(`${file} is not a pipeline spec:\n${z.prettifyError(parsed.error)}`)
  const problems = danglingNames(parsed.data)
  if (problems.length > 0) throw new Error(`${file} is not a pipeline spec:\n${problems.join('\n')}`)
  return parsed.data
}

function danglingNames(spec: PipelineSpec): string[] {
  const fields = new Set(spec.event.fields.map(field => field.name))
  const columns = new Set(spec.sink.columns.map(column => column.name))
  const dimensions = new Map(
    spec.dimensions.map(dimension => [dimension.table, new Set(dimension.columns.map(column => column.name))]),
  )
  const missing = (where: string, names: readonly string[], known: ReadonlySet<string>) =>
    names.filter(entry => !known.has(entry)).map(entry => `${where}: ${entry} is not declared`)
  return [
    ...missing('source.partitionKey', [spec.source.partitionKey], fields),
    ...missing('event.key', spec.event.key, fields),
    ...missing('event.time', [spec.event.time], fields),
    ...missing('sink.mergeKey', spec.sink.mergeKey, columns),
    ...spec.event.fields.flatMap(field =>
      field.references
        ? missing(
            `event.fields.${field.name}.references`,
            [field.references.column],
            dimensions.get(field.references.dimension) ?? new Set(),
          )
        : [],
    ),
  ]
}

/** A bucket's name in one account and region. */
export const bucketName = (bucket: { name: string }, place: { account: string; region: string }): string =>
  bucket.name.replaceAll('{account}', place.account).replaceAll('{region}', place.region)
