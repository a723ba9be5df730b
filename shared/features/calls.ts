import { z } from 'zod'
import { stream } from '../rpc/contract.ts'

const counts = {
  /** Requests, each try of the SDK for itself. */
  calls: z.int(),
  throttled: z.int(),
  /** Refused for another reason than their rate, or not answered. */
  failed: z.int(),
  /** Estimated, by list prices. */
  usd: z.number(),
}

/** What core asked of a target in the last hour. The job's own calls are not among them: it has clients of its own. */
export const CallsMade = z.object({
  at: z.iso.datetime(),
  /** Since when it is counted: an hour ago, or since core runs. */
  since: z.iso.datetime(),
  /** By the minute, oldest first; the last one is under way. */
  minutes: z.array(z.object({ at: z.iso.datetime(), ...counts })),
  rows: z.array(
    z.object({
      /** As in IAM's actions. */
      service: z.string(),
      operation: z.string(),
      by: z.enum(['watch', 'ask', 'work', 'history', 'limit', 'core']),
      /** The operation of core that asked: `lag.watch`. */
      name: z.string(),
      ...counts,
      lastMinute: z.int(),
    }),
  ),
  /** How many requests a minute what polls may make of a service, and what waited for that. */
  budgets: z.array(
    z.object({ service: z.string(), perMinute: z.int(), lastMinute: z.int(), waited: z.int(), waitedMs: z.number() }),
  ),
  /** What a call costs that costs something. */
  prices: z.array(
    z.object({ what: z.string(), usd: z.number(), per: z.int(), source: z.string(), readOn: z.string() }),
  ),
})
export type CallsMade = z.infer<typeof CallsMade>

export const callsContract = {
  watch: stream(z.strictObject({ target: z.string().min(1), everyMs: z.int().min(500).default(2_000) }), CallsMade, {
    overflow: 'newest',
  }),
}
