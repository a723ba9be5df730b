import { z } from 'zod'
import { Limit } from '../../limit.ts'
import { identifier, keyPrefix } from './names.ts'

const name = z
  .string()
  .regex(/^[a-z0-9{][a-z0-9{}.-]{1,100}$/, "a bucket's name, which may hold {account} and {region}")
const bucket = {
  name,
  description: z.string(),
  /** The KMS key that encrypts what is put there, as ARN or id; without it, S3's own keys do. */
  kmsKey: z.string().min(1).optional(),
  /** Uploads that nobody completed are removed after so many days. */
  uploadsExpireDays: z.int().min(1).default(7),
}
const days = z.int().min(1).optional()

/** The buckets by what they are for. Where Sluice keeps something itself, the bucket names the prefixes. */
export const Buckets = z.strictObject({
  /** What an orchestrator reads. */
  orchestration: z.strictObject(bucket).optional(),
  /** Dimensions, SQL, the job and its plan. */
  artifacts: z.strictObject({
    ...bucket,
    prefixes: z.strictObject({ dims: keyPrefix, script: keyPrefix, sql: keyPrefix }),
  }),
  /** What the job writes. */
  streaming: z.strictObject({
    ...bucket,
    prefixes: z.strictObject({
      checkpoint: keyPrefix,
      staging: keyPrefix,
      quarantine: keyPrefix,
      progress: keyPrefix,
      logs: keyPrefix,
    }),
    /** Objects below a prefix are removed when they are so old; checkpoint and quarantine are kept. */
    expireDays: z.strictObject({ staging: days, progress: days, logs: days }).default({}),
  }),
  /** Events as they came. */
  raw: z.strictObject(bucket).optional(),
  /** Results: files, or the files of lake tables. */
  processed: z.strictObject(bucket).optional(),
})
export type Buckets = z.infer<typeof Buckets>

export const Role = z.strictObject({
  name: z.string().regex(/^[\w+=,.@-]{1,64}$/),
  service: z.string().describe('The service that may assume it, for instance elasticmapreduce.amazonaws.com'),
  managedPolicies: z.array(z.string()).default([]),
  instanceProfile: z.boolean().default(false),
  description: z.string(),
  statements: z.array(
    z.strictObject({
      sid: identifier,
      actions: z.array(z.string()).min(1),
      resources: z.array(z.string()).min(1),
      why: z.string(),
      /** Operator, key, value, as in a policy: `{ "StringEquals": { "aws:ResourceTag/team": "data" } }`. */
      condition: z.record(z.string(), z.record(z.string(), z.string())).optional(),
    }),
  ),
  sourceAccount: z
    .boolean()
    .default(false)
    .describe('Whether its service may assume it only for resources of the same account (aws:SourceAccount)'),
})

export const Cluster = z.strictObject({
  name: z.string(),
  release: z.string(),
  applications: z.array(z.string()),
  primary: z.strictObject({ instanceType: z.string(), count: z.literal(1) }),
  core: z.strictObject({ instanceType: z.string(), count: z.int().min(1) }),
  limit: Limit.optional().describe('After what it is stopped, by a schedule of AWS; `sluice limit` has the last word'),
})

/** A bucket's name in one account and region. */
export const bucketName = (entry: { name: string }, place: { account: string; region: string }): string =>
  entry.name.replaceAll('{account}', place.account).replaceAll('{region}', place.region)
