import { z } from 'zod'
import { Engine } from '../job/engine.ts'
import { call } from '../rpc/contract.ts'
import { PipelineScope } from './scope.ts'
import { Cell } from './warehouse.ts'

/** One moment in the life of a record, and who reported it. */
export const Moment = z.object({
  name: z.enum(['event time', 'sent', 'arrived', 'read', 'batch began', 'loaded', 'batch committed']),
  at: z.iso.datetime(),
  /** When it was between two times: the earlier one, and `at` is the later. */
  from: z.iso.datetime().optional(),
  source: z.string(),
})
export type Moment = z.infer<typeof Moment>

/** The life of one event: the first record of its key, from the stream to its row. */
export const Trace = z.object({
  key: z.string(),
  at: z.iso.datetime(),
  /** Its row of the fact table; null while there is none. */
  row: z
    .object({
      table: z.string(),
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      values: z.array(Cell),
    })
    .nullable(),
  record: z
    .object({
      partitionId: z.string(),
      offset: z.string(),
      partitionKey: z.string(),
      /** What the stream holds, as text. */
      data: z.string(),
    })
    .nullable(),
  batch: z.object({ id: z.int(), engine: Engine, rows: z.int(), durationMs: z.number() }).nullable(),
  /** In the order of their times. What could not be known is left out; `missing` says why. */
  moments: z.array(Moment),
  missing: z.array(z.string()),
})
export type Trace = z.infer<typeof Trace>

export const traceContract = {
  /** Finds an event by the value of its key. */
  find: call(PipelineScope.extend({ key: z.string().trim().min(1).max(256) }), Trace),
  /** Keys of some rows that were loaded last, to begin with. */
  recent: call(PipelineScope, z.array(z.string())),
}
