import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, Source, WorkEvent } from './scope.ts'

/** What is checked before a job starts, in the order of the page. */
export const CheckName = z.enum([
  'present',
  'whole',
  'query',
  'stream',
  'partitions',
  'retention',
  'spec',
  'engine',
  'state-partitions',
  'warehouse',
  'in-use',
])
export type CheckName = z.infer<typeof CheckName>

/**
 * `fatal`: a job that starts on it fails, or writes what is wrong. `unknown`: what is needed to say was never recorded,
 * or cannot be asked.
 */
export const VerdictState = z.enum(['fine', 'unknown', 'warning', 'fatal'])
export type VerdictState = z.infer<typeof VerdictState>

export const Verdict = z.object({
  check: CheckName,
  state: VerdictState,
  /** One line with its evidence. */
  said: z.string(),
  /** What to do, where there is something to do. */
  next: z.string().optional(),
  /** Where the evidence is from. */
  source: z.string(),
})
export type Verdict = z.infer<typeof Verdict>

/**
 * Where a query is to begin. A time is rounded down to a minute of the stream's counters: there they say exactly
 * what is passed over.
 */
export const BeginFrom = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('oldest') }),
  z.strictObject({ kind: z.literal('now') }),
  z.strictObject({ kind: z.literal('time'), at: z.iso.datetime() }),
])
export type BeginFrom = z.infer<typeof BeginFrom>

/** A way to go on, and what it costs. Counts are null where the stream has none. */
export const Choice = z.object({
  kind: z.enum(['checkpoint', 'oldest', 'now', 'time']),
  title: z.string(),
  /** Why it cannot be done now. */
  refused: z.string().optional(),
  /** When the first record that it reads arrived, at the earliest; null for where the checkpoint stands. */
  beginsAt: z.iso.datetime().nullable(),
  /** Records that wait and are read for the first time. */
  firstTime: z.int().nullable(),
  /** Records that were read before and are read once more. */
  readAgain: z.int().nullable(),
  /** Records that wait and will not be read. */
  skipped: z.int().nullable(),
  /** Records that waited until retention removed them: no choice brings them back. */
  lost: z.int().nullable(),
  /**
   * From where the checkpoint stands to where it begins: the time that is skipped (+) or read again (-), in ms; null
   * when not known.
   */
  spanMs: z.number().nullable(),
  estimated: z.boolean(),
  /** What that means, a sentence each. */
  consequences: z.array(z.string()),
})
export type Choice = z.infer<typeof Choice>

/** An earlier checkpoint, kept when the query was reset or restored. */
export const ArchivedCheckpoint = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  why: z.string(),
  /** Where the query began after it. */
  from: z.string(),
  queryId: z.string().nullable(),
  /** The newest committed batch; null when nothing readable was committed. */
  batchId: z.int().nullable(),
  /** Records behind its positions. */
  records: z.int(),
  location: z.string(),
})
export type ArchivedCheckpoint = z.infer<typeof ArchivedCheckpoint>

/**
 * A checkpoint of Spark's own, which `s3://` names: of sinks that keep state in it (parquet, json), and of EMR's
 * connector.
 */
export const SparkAddress = z
  .string()
  .regex(/^s3[na]?:\/\/[^/]+\/.+$/, 'Give the address that the step has as --spark-checkpoint: s3://bucket/prefix/')
export type SparkAddress = z.infer<typeof SparkAddress>

/** A step that was started on a checkpoint of Spark's own. */
export const SparkCheckpointStep = z.object({
  /** As the step has it; one that is not in S3 (`file://`, `hdfs://`) cannot be read. */
  address: z.string(),
  stepId: z.string(),
  clusterId: z.string(),
  state: z.string(),
  /** Null where the step leaves it to the spec. */
  sink: z.string().nullable(),
  output: z.string().nullable(),
})
export type SparkCheckpointStep = z.infer<typeof SparkCheckpointStep>

export const Preflight = z.object({
  at: z.iso.datetime(),
  location: z.string(),
  /** The worst of the verdicts; `none` when there is no checkpoint yet. */
  state: z.enum(['none', 'fine', 'warning', 'fatal']),
  queryId: z.string().nullable(),
  /** The newest committed batch, and when its entry was written. */
  committed: z.object({ batchId: z.int(), at: z.iso.datetime(), records: z.int() }).nullable(),
  verdicts: z.array(Verdict),
  choices: z.array(Choice),
  /** Newest first. */
  archived: z.array(ArchivedCheckpoint),
  /** Steps of the pipeline's clusters on checkpoints of Spark's own, newest first. */
  sparkSteps: z.array(SparkCheckpointStep),
  sources: z.array(Source),
})
export type Preflight = z.infer<typeof Preflight>

const Confirmed = PipelineScope.extend({
  /** The pipeline's id, typed. */
  confirm: z.string(),
  why: z.string().trim().max(500).default(''),
})

export const checkpointContract = {
  /** What a job that starts now would find. Reads no records. `time` adds the choice of a time. */
  preflight: call(PipelineScope.extend({ time: z.iso.datetime().optional() }), Preflight),
  /** What a step would find that starts now on a checkpoint of Spark's own. Reads no records. */
  preflightSpark: call(PipelineScope.extend({ address: SparkAddress }), Preflight),
  /** Archives a checkpoint of Spark's own: the next step on it starts over. Refused while a step runs on it. */
  archiveSpark: stream(Confirmed.extend({ address: SparkAddress }), WorkEvent, { overflow: 'wait' }),
  /** Archives the checkpoint and lets the query continue from another offset. Refused while a step runs on it. */
  reset: stream(Confirmed.extend({ from: BeginFrom }), WorkEvent, { overflow: 'wait' }),
  /** Lets the query continue from where an archived checkpoint stood; the current one is archived. */
  restore: stream(Confirmed.extend({ archive: z.string().min(1) }), WorkEvent, { overflow: 'wait' }),
}
