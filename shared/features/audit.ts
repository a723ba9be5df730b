import { z } from 'zod'
import { call } from '../rpc/contract.ts'
import { AccountClass } from './protection.ts'

/** What is known before a change is tried. */
export const AuditIntent = z.object({
  /** The same in both lines of a change. */
  id: z.string(),
  at: z.iso.datetime(),
  target: z.string(),
  /** `sandbox` stands for no account of AWS. */
  kind: z.enum(['sandbox', 'aws']),
  accountClass: AccountClass,
  account: z.string(),
  region: z.string(),
  profile: z.string().nullable(),
  /** The ARN that AWS says the credentials are; null where nobody asked. */
  who: z.string().nullable(),
  /** Of the console, as `provision.apply`; null for what no operation began. */
  operation: z.string().nullable(),
  /** As it is typed to be unlocked: `apply food-delivery`. */
  action: z.string().nullable(),
  pipeline: z.string().nullable(),
  /** Whether it was unlocked by typing its name. */
  unlocked: z.boolean(),
  /** As botocore calls it; null where the whole action was refused before any call. */
  service: z.string().nullable(),
  call: z.string().nullable(),
  /** Names of what it is about, as `StreamName=orders`: no secret, no SQL and no record is among them. */
  resources: z.array(z.string()),
})
export type AuditIntent = z.infer<typeof AuditIntent>

/** Of requests that are too many for a line each: what they were in all. */
export const AuditSum = z.object({
  requests: z.int(),
  records: z.int(),
  /** Records that the service did not take in the request that they were sent with. */
  notTaken: z.int(),
  /** Requests that failed as a whole. */
  failed: z.int(),
})
export type AuditSum = z.infer<typeof AuditSum>

export const AuditEnd = z.object({
  at: z.iso.datetime(),
  outcome: z.enum(['ok', 'failed', 'refused']),
  /** The service's own code of an error, or Sluice's where it refused. */
  code: z.string().nullable(),
  /** AWS's id of the request; of a sum, that of its last one. */
  requestId: z.string().nullable(),
  durationMs: z.number(),
  /** Names of what came of it, as `JobFlowId=j-1`. */
  made: z.array(z.string()),
  sum: AuditSum.nullable(),
})
export type AuditEnd = z.infer<typeof AuditEnd>

/** What became of a change. `running`: it is under way here. `unknown`: the program ended before anybody knew. */
export const AuditOutcome = z.enum(['ok', 'failed', 'refused', 'running', 'unknown'])
export type AuditOutcome = z.infer<typeof AuditOutcome>

/** One change, from both of its lines. */
export const AuditEntry = AuditIntent.extend({
  outcome: AuditOutcome,
  endedAt: z.iso.datetime().nullable(),
  code: z.string().nullable(),
  requestId: z.string().nullable(),
  durationMs: z.number().nullable(),
  made: z.array(z.string()),
  sum: AuditSum.nullable(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

export const AuditFilter = z.strictObject({
  target: z.string().optional(),
  /** `provision.apply`, or a service of AWS. */
  action: z.string().optional(),
  outcome: AuditOutcome.optional(),
  since: z.iso.datetime().optional(),
})
export type AuditFilter = z.infer<typeof AuditFilter>

export const auditContract = {
  /** Changes, newest first. */
  list: call(
    AuditFilter.extend({ limit: z.int().min(1).max(5_000).default(500) }),
    z.object({
      entries: z.array(AuditEntry),
      /** How many fit the filter in all. */
      total: z.int(),
      /** What can be filtered by. */
      targets: z.array(z.string()),
      actions: z.array(z.string()),
      file: z.string(),
      /** When the oldest line that is kept was written; null where there is none. */
      oldest: z.iso.datetime().nullable(),
      /** What was wrong with the files, and where that is kept. */
      problems: z.array(z.string()),
    }),
  ),
  /** The same as a file. */
  export: call(
    AuditFilter.extend({ format: z.enum(['csv', 'json']) }),
    z.object({ name: z.string(), text: z.string(), entries: z.int() }),
  ),
}
