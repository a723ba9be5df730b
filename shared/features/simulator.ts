import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope } from './scope.ts'

/** Records a second over the seconds since the start. `max` sends as fast as the partitions take it. */
export const RateProfile = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('max') }),
  z.strictObject({ kind: z.literal('constant'), perSecond: z.number().positive() }),
  /** A day of the pipeline's own rush hours, squeezed into `daySeconds`. */
  z.strictObject({ kind: z.literal('day'), meanPerSecond: z.number().positive(), daySeconds: z.number().positive() }),
  z.strictObject({
    kind: z.literal('ramp'),
    fromPerSecond: z.number().min(0),
    toPerSecond: z.number().positive(),
    seconds: z.number().positive(),
  }),
  z.strictObject({
    kind: z.literal('burst'),
    basePerSecond: z.number().min(0),
    peakPerSecond: z.number().positive(),
    everySeconds: z.number().positive(),
    lastingSeconds: z.number().positive(),
  }),
])
export type RateProfile = z.infer<typeof RateProfile>

/** What the events are; together with `seed` it decides every byte of them. Shares are per cent of the events. */
export const EventMix = z.strictObject({
  seed: z.int().min(0).max(0xffff_ffff),
  duplicatesPercent: z.number().min(0).max(50),
  invalidPercent: z.number().min(0).max(50),
  latePercent: z.number().min(0).max(50),
})
export type EventMix = z.infer<typeof EventMix>

export const SimulatorOptions = z.strictObject({
  mix: EventMix,
  profile: RateProfile,
  /** How many events this run makes; the duplicates come on top. Absent: until stopped. */
  events: z.int().min(0).optional(),
})
export type SimulatorOptions = z.infer<typeof SimulatorOptions>

/**
 * Counters of the whole state, over all runs: `sent = accepted + unconfirmed + givenUp + pending`. `sent` counts
 * records that were handed to the stream at least once, `retried` how often a refused entry was sent again, `throttled`
 * the refusals for throughput. `unconfirmed` are records whose request ended without an answer; they are looked up in
 * the stream, and become accepted, or are sent again.
 */
export const SimulatorCounts = z.object({
  events: z.int(),
  sent: z.int(),
  accepted: z.int(),
  throttled: z.int(),
  retried: z.int(),
  unconfirmed: z.int(),
  /** Of all that was ever unconfirmed, how many were found in the stream. */
  foundInStream: z.int(),
  givenUp: z.int(),
  /** Handed over, refused so far, waiting for their next attempt, or under way. */
  pending: z.int(),
  /** What was made on purpose, among the events and on top of them. */
  made: z.object({ duplicates: z.int(), invalid: z.int(), late: z.int() }),
  acceptedBytes: z.int(),
})
export type SimulatorCounts = z.infer<typeof SimulatorCounts>

export const SimulatorStatus = z.object({
  state: z.enum(['idle', 'resolving', 'running', 'paused', 'stopping', 'stopped', 'failed']),
  /** Why, when it failed. */
  reason: z.string().optional(),
  at: z.iso.datetime(),
  options: SimulatorOptions.optional(),
  /** Event time of the newest event made. */
  eventTime: z.iso.datetime().optional(),
  counts: SimulatorCounts,
  /** Over the last second. */
  rates: z.object({
    sentPerSecond: z.number(),
    acceptedPerSecond: z.number(),
    throttledPerSecond: z.number(),
    retriedPerSecond: z.number(),
    targetPerSecond: z.number().nullable(),
  }),
})
export type SimulatorStatus = z.infer<typeof SimulatorStatus>

const OVER: ReadonlySet<SimulatorStatus['state']> = new Set(['idle', 'stopped', 'failed'])
/** Whether a run does nothing any more, or none was begun. */
export const isOver = (state: SimulatorStatus['state']): boolean => OVER.has(state)

/** A record of which the time it was sent is kept, drawn evenly from all that were accepted. */
export const SentSample = z.object({
  key: z.string(),
  partitionId: z.string(),
  offset: z.string(),
  sentAtMs: z.number(),
})
export type SentSample = z.infer<typeof SentSample>

/** An event that would be sent next; `data` is its text. */
export const PreviewedEvent = z.object({
  partitionKey: z.string(),
  kind: z.enum(['event', 'duplicate', 'invalid', 'late']),
  data: z.string(),
})
export type PreviewedEvent = z.infer<typeof PreviewedEvent>

export const simulatorContract = {
  /** Goes on from where the state stands: first resolves what an earlier run left unconfirmed, then sends. */
  start: call(PipelineScope.extend({ options: SimulatorOptions }), SimulatorStatus),
  pause: call(PipelineScope, SimulatorStatus),
  resume: call(PipelineScope, SimulatorStatus),
  setProfile: call(PipelineScope.extend({ profile: RateProfile }), SimulatorStatus),
  /** Stops making events, and returns once everything under way is answered or resolved. */
  stop: call(PipelineScope, SimulatorStatus),
  status: call(PipelineScope, SimulatorStatus),
  /** The status four times a second while it runs, and seldom while it does not. It does not end by itself. */
  watch: stream(PipelineScope, SimulatorStatus),
  /** The next events that would be sent, without sending them. */
  preview: call(PipelineScope.extend({ mix: EventMix, count: z.int().min(1).max(1000) }), z.array(PreviewedEvent)),
  samples: call(PipelineScope, z.array(SentSample)),
}
