import { z } from 'zod'
import { call } from '../rpc/contract.ts'
import { PipelineScope } from './scope.ts'

/**
 * Every record accounted for, and every row that came in them: producers that aggregate (KPL) put several rows into a
 * record. Each count comes from the part named behind it; none is computed from the others, but for `others`. It closes
 * when `received = read` (plus skipped, less read again), `read = batchRecords`, `rows = duplicates + invalid + late +
 * loaded`, and nothing is unconfirmed.
 */
export const Ledger = z.object({
  at: z.iso.datetime(),
  orders: z.int(),
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
   * The checkpoint: records that were read and, since the query was told to begin earlier, are read again. Mostly 0.
   */
  readAgain: z.int(),
  /** The checkpoint: records that the query was told to pass over. Mostly 0. */
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
