import { z } from 'zod'
import { call } from '../rpc/contract.ts'
import { PipelineScope } from './scope.ts'

/** Records that one stage has counted and the next one not yet, as is normal while a pipeline runs. */
export const InFlight = z.object({
  /**
   * `producer`: sent, no answer yet. `metrics`: accepted, not in CloudWatch's count yet, which is minutes late on AWS.
   * `stream`: received, not in a committed batch yet.
   */
  stage: z.enum(['producer', 'metrics', 'stream']),
  records: z.int(),
  /** The greatest age that the oldest of them can have; null when it is not known. */
  oldestMs: z.number().nullable(),
})
export type InFlight = z.infer<typeof InFlight>

/**
 * Every record accounted for, and every row that came in them: producers that aggregate (KPL) put several rows into a
 * record. It is read at one moment: job and warehouse up to the batch `upTo`, the simulator as of the stream's count.
 * Each count comes from the part named behind it; none is computed from the others, but for `others` and `inFlight`,
 * which is no more than may be under way. It closes when `received = read + in flight` (plus skipped, less read again),
 * `read = batchRecords`, `rows = duplicates + invalid + late + loaded`, and nothing is unconfirmed.
 */
export const Ledger = z.object({
  at: z.iso.datetime(),
  /** The newest committed batch: what later ones did is in flight. Null before the first commit. */
  upTo: z.object({ batchId: z.int(), committedAt: z.iso.datetime().nullable() }).nullable(),
  /** Of each stage that has any. */
  inFlight: z.array(InFlight),
  /** All of them. */
  inFlightRecords: z.int(),
  events: z.int(),
  /** The simulator of this console: all 0 when it has sent nothing. Its events are records: it does not aggregate. */
  sent: z.int(),
  accepted: z.int(),
  throttled: z.int(),
  retried: z.int(),
  unconfirmed: z.int(),
  /** Under way, or waiting for the next attempt. */
  pending: z.int(),
  givenUp: z.int(),
  /** The stream's own count of incoming records. */
  received: z.int(),
  /** Of these, by how many it received more than the simulator had accepted or under way: other producers sent them. */
  others: z.int(),
  /**
   * The reader: records behind the positions of the newest committed batch in the checkpoint, over every beginning of
   * the query.
   */
  read: z.int(),
  /**
   * The checkpoint: records that were read and, since the query was reset to an earlier offset, are read again. Mostly
   * 0.
   */
  readAgain: z.int(),
  /** The checkpoint: records that a reset of the query skipped. Mostly 0. */
  skipped: z.int(),
  /** The batch table: records of the stream that its batches read; of batches that did not count them, their rows. */
  batchRecords: z.int(),
  /** The batch table: rows that those records held. */
  rows: z.int(),
  /** The warehouse: rows that repeat a key, in their batch or against the fact table. */
  duplicates: z.int(),
  /** The quarantine: lines of its files. */
  invalid: z.int(),
  late: z.int(),
  /** `select count(*)` of the fact table. */
  loaded: z.int(),
  /** Each equation of the ledger, and by how much it fails; 0 where it holds. */
  differences: z.array(z.object({ name: z.string(), left: z.int(), right: z.int(), difference: z.int() })),
  /** Sum of the absolute differences. */
  difference: z.int(),
  closes: z.boolean(),
})
export type Ledger = z.infer<typeof Ledger>

/**
 * From the moment a record was handed to the stream to the commit of the batch that loaded it, of real records drawn
 * evenly.
 */
export const Latency = z.object({
  samples: z.int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  at: z.iso.datetime(),
})
export type Latency = z.infer<typeof Latency>

export const ledgerContract = {
  read: call(PipelineScope, Ledger),
  latency: call(PipelineScope, Latency),
}
