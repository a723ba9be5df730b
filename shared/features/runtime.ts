import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { WorkEvent } from './scope.ts'

const Part = z.object({ version: z.string(), path: z.string() })

/** What runs `spark-submit` on this machine. */
export const SparkRuntime = z.object({
  /** The Python that has PySpark: of the driver and of its workers. */
  python: Part,
  /** PySpark's version, and the folder that Spark calls SPARK_HOME. */
  spark: Part,
  java: Part,
})
export type SparkRuntime = z.infer<typeof SparkRuntime>

export const SparkState = z.object({
  at: z.iso.datetime(),
  /** Null while something is missing. */
  runtime: SparkRuntime.nullable(),
  /** What is missing, and what a person can do; empty when nothing is. */
  missing: z.string(),
  /**
   * Sluice's own folder for the version that would be set up, one for all data folders. The size is null while nothing
   * was set up there.
   */
  own: z.object({ folder: z.string(), sizeBytes: z.int().nullable() }),
  /** What setting it up there would take, as it was measured for these versions on Linux: about the same elsewhere. */
  setUp: z.object({ version: z.string(), downloadBytes: z.int(), diskBytes: z.int(), withJava: z.boolean() }),
})
export type SparkState = z.infer<typeof SparkState>

export const runtimeContract = {
  /** What is there to run Spark on this machine. */
  spark: call(z.strictObject({}), SparkState),
  /**
   * Sets PySpark (and Java, where there is none) up in Sluice's own folder. Cancelled or failed, it leaves nothing;
   * pip's cache keeps what came.
   */
  setUpSpark: stream(z.strictObject({}), WorkEvent, { overflow: 'wait' }),
}
