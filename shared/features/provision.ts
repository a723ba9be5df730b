import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, WorkEvent } from './scope.ts'

/** One thing that must exist, against what exists. */
export const Change = z.object({
  /** `bucket:name`, `stream:name`, `role:name`, `cluster:name`, `schema:name`: stable over plans. */
  id: z.string(),
  kind: z.enum(['bucket', 'stream', 'role', 'instance-profile', 'cluster', 'schema']),
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
})
export type Change = z.infer<typeof Change>

export const Plan = z.object({
  /** Names its content: a plan of the same id does the same. */
  id: z.string(),
  at: z.iso.datetime(),
  changes: z.array(Change),
  /** Sum of what the plan's resources cost per hour once applied. */
  costPerHour: z.object({ amount: z.number(), currency: z.literal('USD'), estimated: z.literal(true) }),
})
export type Plan = z.infer<typeof Plan>

/** What the user may ask to be other than the spec says. */
export const PlanOptions = z.strictObject({ shards: z.int().min(1).max(500).optional() })
export type PlanOptions = z.infer<typeof PlanOptions>

export const provisionContract = {
  plan: call(PipelineScope.extend({ options: PlanOptions.default({}) }), Plan),
  /**
   * Applies the plan that was shown. What would be done is planned again first; where that differs from `shown`,
   * nothing is changed, and the error lists what differs. An interrupted apply resumes with the next plan, which sees
   * what is there. `only`: ids of changes.
   */
  apply: stream(
    PipelineScope.extend({
      options: PlanOptions.default({}),
      shown: Plan.pick({ id: true, changes: true }),
      only: z.array(z.string()).optional(),
    }),
    WorkEvent,
    {
      overflow: 'wait',
    },
  ),
  /** Removes what Sluice made and nothing else. `confirm` is the pipeline's id, typed. */
  destroy: stream(PipelineScope.extend({ confirm: z.string() }), WorkEvent, { overflow: 'wait' }),
}
