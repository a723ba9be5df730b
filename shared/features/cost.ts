import { z } from 'zod'
import { SetLimit } from '../limit.ts'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope } from './scope.ts'

/** Something that runs and is paid by the hour. */
export const CostItem = z.object({
  /** `cluster:j-1`, `stream:name`: stable. */
  id: z.string(),
  kind: z.enum(['cluster', 'stream']),
  name: z.string(),
  /** Null where no price is known. */
  usdPerHour: z.number().nullable(),
  usdSoFar: z.number().nullable(),
  /** Since when it is counted. */
  since: z.iso.datetime(),
  /** How it was estimated, in words: what was counted, and what was assumed. */
  how: z.string(),
  /** The price list that says so, and when it was read. */
  source: z.string(),
  readOn: z.string().nullable(),
})
export type CostItem = z.infer<typeof CostItem>

/** What stops the cluster, as AWS has it. */
export const SwitchState = z.object({
  at: z.iso.datetime(),
  /**
   * `off`: nothing stops the cluster. `armed`: AWS does, at `stopAt`. `waiting`: a limit is set, and is made with the
   * cluster.
   */
  state: z.enum(['off', 'armed', 'waiting']),
  limit: SetLimit.nullable(),
  stopAt: z.iso.datetime().nullable(),
  clusterId: z.string().nullable(),
  /** Why a console does not move it on, where it does not; null where it does or need not. */
  notMoved: z.string().nullable(),
})
export type SwitchState = z.infer<typeof SwitchState>

export const Cost = z.object({
  at: z.iso.datetime(),
  items: z.array(CostItem),
  /** What is paid for and not in the sums, each with why. */
  leftOut: z.array(z.object({ what: z.string(), why: z.string() })),
  /** Sums of the items whose prices are known. Always estimated: list prices, without discounts and free tiers. */
  usdPerHour: z.number(),
  usdSoFar: z.number(),
  estimated: z.literal(true),
  switch: SwitchState,
})
export type Cost = z.infer<typeof Cost>

/** How long before its end it is said that a cluster will be stopped. */
export const WARN_BEFORE_MS = [15 * 60_000, 5 * 60_000] as const

export const costContract = {
  read: call(PipelineScope, Cost),
  /** The switch as it is, and again when a poll found it changed. */
  watchSwitch: stream(PipelineScope, SwitchState, { overflow: 'newest' }),
  /**
   * Moves the end of the cluster on by hours: its limit in hours and in money is raised by as much. Fails with
   * `not_found` where nothing stops it.
   */
  extend: call(PipelineScope.extend({ hours: z.number().positive().max(168) }), SwitchState),
}
