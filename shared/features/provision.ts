import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, WorkEvent } from './scope.ts'

/** One thing that must exist, against what exists. */
export const Change = z.object({
  /** `bucket:name`, `stream:name`, `role:name`, `cluster:name`, `schema:name`: stable over plans. */
  id: z.string(),
  kind: z.enum(['bucket', 'stream', 'role', 'instance-profile', 'cluster', 'schema']),
  name: z.string(),
  action: z.enum(['create', 'change', 'keep', 'destroy']),
  /** What differs, member by member, as `what is -> what must be`. */
  differences: z.array(z.object({ member: z.string(), is: z.string(), must: z.string() })),
  /** The IAM action that each call of the change needs, in the order of the calls. */
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
   * Applies what `plan` says now; an interrupted apply resumes, because the next plan sees what is there. `only`: ids
   * of changes.
   */
  apply: stream(
    PipelineScope.extend({ options: PlanOptions.default({}), only: z.array(z.string()).optional() }),
    WorkEvent,
    {
      overflow: 'wait',
    },
  ),
  /** Removes what Sluice made and nothing else. `confirm` is the pipeline's id, typed. */
  destroy: stream(PipelineScope.extend({ confirm: z.string() }), WorkEvent, { overflow: 'wait' }),
}
