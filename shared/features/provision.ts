import { z } from 'zod'
import { SetLimit } from '../limit.ts'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, WorkEvent } from './scope.ts'

/** One thing that must exist, against what exists. */
export const Change = z.object({
  /** `bucket:name`, `stream:name`, `role:name`, `cluster:name`, `schema:name`: stable over plans. */
  id: z.string(),
  kind: z.enum(['bucket', 'stream', 'role', 'instance-profile', 'wheelhouse', 'cluster', 'schema', 'switch']),
  name: z.string(),
  /**
   * `replace`: it is destroyed and created again, because it cannot be changed in place. `unreadable`: nothing is known
   * of it, `blocked` says why, and it is left alone.
   */
  action: z.enum(['create', 'change', 'replace', 'keep', 'unreadable']),
  /** What differs, member by member, as `what is -> what must be`. */
  differences: z.array(z.object({ member: z.string(), is: z.string(), must: z.string() })),
  /** What it means for what is there, beyond the differences: a job that ends, records that are lost. */
  effects: z.array(z.string()),
  /** Why apply leaves it alone, and what to do about it. */
  blocked: z.string().optional(),
  /**
   * The IAM action that each call of the change needs, in the order of the calls; of what is unreadable, the missing
   * one.
   */
  permissions: z.array(z.string()),
  /** List price while it exists. Estimated: from the price list named in `source`. Absent where only use is charged. */
  costPerHour: z.object({ amount: z.number(), currency: z.literal('USD'), source: z.string() }).optional(),
  /** Why it must wait for others. */
  dependsOn: z.array(z.string()),
  /** True when Sluice's journal says that Sluice made it: only then destroy may remove it. */
  madeHere: z.boolean(),
  /**
   * What must be typed before it is applied, the resource's name: the change takes something away or over, as `effects`
   * say.
   */
  confirm: z.string().optional(),
})
export type Change = z.infer<typeof Change>

/** What the user may ask to be other than the spec says. */
export const PlanOptions = z.strictObject({
  partitions: z.int().min(1).max(500).optional(),
  /** After what the cluster is stopped; else what was set with `limit`, else what the spec says. */
  limit: SetLimit.optional(),
})
export type PlanOptions = z.infer<typeof PlanOptions>

/** A plan's name is made of its content: a plan of the same id does the same. */
export const PlanId = z.string().regex(/^[0-9a-f]{12}$/, 'the id of a plan: 12 hexadecimal digits')

export const Plan = z.object({
  id: PlanId,
  at: z.iso.datetime(),
  /** What was asked to be other than the spec says. */
  options: PlanOptions,
  changes: z.array(Change),
  /** Sum of what the plan's resources cost per hour once applied. */
  costPerHour: z.object({ amount: z.number(), currency: z.literal('USD'), estimated: z.literal(true) }),
})
export type Plan = z.infer<typeof Plan>

/** How many of a pipeline's plans core keeps, newest first: those that `recall` finds. */
export const PLANS_KEPT = 20

export const provisionContract = {
  plan: call(PipelineScope.extend({ options: PlanOptions.default({}) }), Plan),
  /** A plan of the newest ones, as it was shown, by whichever program. Fails with `not_found` for another id. */
  recall: call(PipelineScope.extend({ id: PlanId }), Plan),
  /**
   * Applies the plan that was shown. What would be done is planned again first; where that differs from `shown`,
   * nothing is changed: the error's reason is `changed_since`, and it lists what differs. A change with `confirm` is
   * applied only if that name is among those in `confirm`, as they were typed; if one is missing, nothing is changed,
   * and the reason is `unconfirmed`. An interrupted apply resumes with the next plan, which sees what is there. `only`:
   * ids of changes.
   */
  apply: stream(
    PipelineScope.extend({
      options: PlanOptions.default({}),
      shown: Plan.pick({ id: true, changes: true }),
      only: z.array(z.string()).optional(),
      confirm: z.array(z.string()).default([]),
    }),
    WorkEvent,
    {
      overflow: 'wait',
    },
  ),
  /**
   * Sets after what the cluster is stopped, and applies that; null: it is not stopped any more. A cluster that is not
   * there yet gets it when it is applied.
   */
  limit: stream(PipelineScope.extend({ limit: SetLimit.nullable() }), WorkEvent, { overflow: 'wait' }),
  /** Removes what Sluice made and nothing else. `confirm` is the pipeline's id, typed. */
  destroy: stream(PipelineScope.extend({ confirm: z.string() }), WorkEvent, { overflow: 'wait' }),
}
