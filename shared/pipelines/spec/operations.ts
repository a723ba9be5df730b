import { z } from 'zod'
import { identifier, partName, relativePath } from './names.ts'

/** An alarm of CloudWatch over a part of the pipeline. */
export const Alarm = z.strictObject({
  id: partName,
  title: z.string(),
  of: z.enum(['iterator-age', 'write-throttles', 'read-throttles', 'failed-steps', 'invalid-share', 'lag']),
  /** The source or query it watches. */
  on: z.string(),
  threshold: z.number(),
  unit: z.enum(['ms', 'records', 'steps', 'percent']),
  /** It must hold for so long. */
  forMinutes: z.int().min(1),
})

/** A check that a user starts: it sends events on purpose and says whether what came out is right. */
export const Check = z.discriminatedUnion('kind', [
  /** A known batch of events arrives, is read and is in the sink. */
  z.strictObject({ kind: z.literal('smoke'), id: partName, title: z.string(), events: z.int().min(1) }),
  /** What the sinks hold after known events is what a query says. */
  z.strictObject({ kind: z.literal('functional'), id: partName, title: z.string(), events: z.int().min(1) }),
  /** The rate is raised until the iterator age grows. */
  z.strictObject({
    kind: z.literal('performance'),
    id: partName,
    title: z.string(),
    fromPerSecond: z.int().min(1),
    toPerSecond: z.int().min(1),
    steps: z.int().min(2),
  }),
])

/** A job that runs once over what is there, by schedule or by hand. */
export const BatchStep = z.strictObject({
  id: partName,
  title: z.string(),
  runsOn: z.enum(['emr-serverless', 'emr']),
  /** SQL below `sql/`. */
  sql: relativePath,
  /** Sinks or tables it reads, tables it writes. */
  reads: z.array(z.string()).min(1),
  writes: z.array(z.string()).min(1),
  everyHours: z.number().positive().optional(),
})

/** Tables of the Glue catalog: of Iceberg sinks, or what a crawler finds in a bucket. */
export const Catalog = z.strictObject({
  database: identifier,
  crawler: z
    .strictObject({ name: z.string(), bucket: partName, prefix: z.string(), exclude: z.array(z.string()).default([]) })
    .optional(),
  /** The schema in Redshift that reads it (CREATE EXTERNAL SCHEMA ... FROM DATA CATALOG). */
  externalSchema: identifier.optional(),
})
