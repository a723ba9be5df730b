import { z } from 'zod'
import { Engine } from '../job/engine.ts'
import { BatchCounts, QueryProgress } from '../job/progress.ts'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, WorkEvent } from './scope.ts'

/** The logs of a step in S3; a step of command-runner.jar has no syslog. */
export const LogFile = z.enum(['controller', 'stdout', 'stderr', 'syslog'])
export type LogFile = z.infer<typeof LogFile>

/** Lines of a step's log, by the file and the number of the line in it, 1 for the first. */
const LogLine = z.object({ file: z.enum(['controller', 'stdout', 'stderr']), line: z.int().min(1), text: z.string() })
export type LogLine = z.infer<typeof LogLine>

/** Why a step failed, read out of its logs. */
export const StepCause = z.object({
  kind: z.enum([
    'fenced',
    'data-gone',
    'unusable-arguments',
    'environment',
    'out-of-memory',
    'executor-lost',
    'python-worker',
    'copy-failed',
    'throttled',
    'access-denied',
    'expired-credentials',
    'missing',
    'unreachable',
    'checkpoint',
    'killed',
    'exception',
    'unknown',
  ]),
  /** What failed, in one sentence. */
  said: z.string(),
  /** What to do. */
  next: z.string(),
  /** The innermost exception, in the log's own words. */
  exception: z.string().optional(),
  /** The innermost frame of the job's own code: `source.py:152 in read`. */
  at: z.string().optional(),
  /** The lines that say so, the telling one first. */
  evidence: z.array(LogLine),
})
export type StepCause = z.infer<typeof StepCause>

/** An executor that Spark lost: its tasks are run again elsewhere, until they have failed too often. */
export const ExecutorLoss = z.object({
  executor: z.string(),
  host: z.string(),
  /** In Spark's or YARN's words. */
  reason: z.string(),
  /** Killed for memory, by its log: exit code 137, or said so. */
  forMemory: z.boolean(),
  /** As the log has it, without a zone; empty where the line has none. */
  loggedAt: z.string(),
  evidence: LogLine,
})
export type ExecutorLoss = z.infer<typeof ExecutorLoss>

export const Step = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['PENDING', 'CANCEL_PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED', 'INTERRUPTED']),
  engine: z.enum(['embedded', 'spark', 'unknown']),
  arguments: z.array(z.string()),
  createdAt: z.iso.datetime().optional(),
  startedAt: z.iso.datetime().optional(),
  endedAt: z.iso.datetime().optional(),
  /** As EMR reports it. */
  failure: z.object({ reason: z.string(), message: z.string(), logFile: z.string() }).optional(),
  /** Of a failed step, once its logs are in S3. */
  cause: StepCause.optional(),
  /**
   * Of a step on Spark, while it runs and after; from its log in S3, which is behind by some seconds (on AWS: minutes).
   */
  losses: z.array(ExecutorLoss).optional(),
})
export type Step = z.infer<typeof Step>

export const Cluster = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  stateReason: z.string(),
  release: z.string(),
  createdAt: z.iso.datetime().optional(),
  readyAt: z.iso.datetime().optional(),
  /** EMR's termination protection: it must be lifted before the cluster can be terminated. */
  protected: z.boolean(),
  /** How many steps it runs beside each other (EMR's StepConcurrencyLevel); the others wait. */
  stepConcurrency: z.int(),
  steps: z.array(Step),
})
export type Cluster = z.infer<typeof Cluster>

export const JobsView = z.object({
  at: z.iso.datetime(),
  /** The pipeline's clusters that are not terminated, newest first. */
  clusters: z.array(Cluster),
  /** The newest progress that the streaming query wrote, if any. */
  progress: QueryProgress.nullable(),
})
export type JobsView = z.infer<typeof JobsView>

/** A committed batch in short, as the query reported it. */
export const BatchSummary = z.object({
  batchId: z.int(),
  startedAt: z.string(),
  committedAt: z.iso.datetime(),
  engine: Engine,
  /** From its start to its commit. */
  batchDurationMs: z.number(),
  /** By phase, in the engine's own names. */
  durationMs: z.record(z.string(), z.number()),
  inputRowsPerSecond: z.number(),
  processedRowsPerSecond: z.number(),
  counts: BatchCounts,
  watermark: z.string().optional(),
  /** Of the state operators: 0 for a query that keeps no state. */
  stateRows: z.int(),
  stateBytes: z.int(),
})
export type BatchSummary = z.infer<typeof BatchSummary>

/** All that is left of one batch. */
export const BatchDetail = z.object({
  at: z.iso.datetime(),
  summary: BatchSummary,
  /**
   * What it read of each partition: records behind `after` (the number of a record, or where the query began) up to
   * `upTo`.
   */
  partitions: z.array(
    z.object({
      partitionId: z.string(),
      after: z.string(),
      /** The number of the last record before it; null when none is. */
      afterOffset: z.string().nullable(),
      upTo: z.string(),
      records: z.int(),
      bytes: z.int(),
    }),
  ),
  /** Staged files are kept for the last hundred batches, quarantined lines for ever. */
  files: z.array(z.object({ kind: z.enum(['staged', 'invalid', 'late']), location: z.string(), sizeBytes: z.int() })),
  /** Lines of its quarantine, the first of each kind. */
  quarantined: z.array(
    z.object({
      kind: z.enum(['invalid', 'late']),
      reason: z.string(),
      partitionId: z.string(),
      offset: z.string(),
      text: z.string(),
    }),
  ),
  /** The query that gives its rows. */
  rowsSql: z.string(),
})
export type BatchDetail = z.infer<typeof BatchDetail>

/** The id of a cluster or a step, as EMR makes them. */
const EmrId = z.string().regex(/^[\w-]{1,256}$/, 'an id as EMR gives it: letters, digits, - and _')

const OnCluster = PipelineScope.extend({ clusterId: EmrId })

export const jobsContract = {
  list: call(PipelineScope, JobsView),
  watch: stream(PipelineScope.extend({ everyMs: z.int().min(250).default(1000) }), JobsView),
  /**
   * Adds the streaming step to the pipeline's cluster and reports its phases until its query has reported its first
   * progress; a step that is there already is kept. To cancel it ends the waiting, and leaves the step.
   */
  start: stream(PipelineScope.extend({ engine: Engine.default('embedded') }), WorkEvent, { overflow: 'wait' }),
  /** Waits until every record of the stream is committed; then, unless `thenStop` is false, cancels the step. */
  drain: stream(PipelineScope.extend({ thenStop: z.boolean().default(true) }), WorkEvent, { overflow: 'wait' }),
  /** CancelSteps with SEND_INTERRUPT: the query ends after its batch. */
  cancel: stream(PipelineScope, WorkEvent, { overflow: 'wait' }),
  /** The newest committed batches, newest first; `before` goes on further back. */
  batches: call(
    PipelineScope.extend({ limit: z.int().min(1).max(500).default(120), before: z.int().optional() }),
    z.object({ triggerMs: z.int(), batches: z.array(BatchSummary) }),
  ),
  batch: call(PipelineScope.extend({ batchId: z.int().min(0) }), BatchDetail),
  /** Adds a step of any kind to one of the pipeline's clusters, and follows it until it has started or ended. */
  addStep: stream(
    OnCluster.extend({
      name: z.string().trim().min(1).max(256),
      jar: z.string().trim().min(1).max(2_048).default('command-runner.jar'),
      arguments: z.array(z.string().max(10_240)).max(200),
      actionOnFailure: z.enum(['CONTINUE', 'CANCEL_AND_WAIT']).default('CONTINUE'),
    }),
    WorkEvent,
    { overflow: 'wait' },
  ),
  /** Cancels one step: SEND_INTERRUPT lets it end by itself, TERMINATE_PROCESS does not. */
  cancelStep: stream(
    OnCluster.extend({
      stepId: EmrId,
      how: z.enum(['SEND_INTERRUPT', 'TERMINATE_PROCESS']).default('SEND_INTERRUPT'),
    }),
    WorkEvent,
    { overflow: 'wait' },
  ),
  protect: call(OnCluster.extend({ on: z.boolean() }), z.object({ protected: z.boolean() })),
  /** Terminates a cluster that is not protected. `confirm` is its id, typed. */
  terminate: stream(OnCluster.extend({ confirm: z.string() }), WorkEvent, { overflow: 'wait' }),
  /**
   * The address of the Spark UI of the application that runs on a cluster; null while it has none. On AWS it is
   * presigned and expires.
   */
  applicationUi: call(OnCluster, z.object({ at: z.iso.datetime(), url: z.url().nullable() })),
  /**
   * The address of the Spark history server that EMR keeps for a cluster off it, also after its end; null while it has
   * nothing to show. It is made at the first wish: this changes something, and is refused on a read-only target.
   */
  historyUi: call(OnCluster, z.object({ at: z.iso.datetime(), url: z.url().nullable() })),
  /** `at` is when EMR wrote that log to S3, which it does every five minutes. */
  logs: call(
    PipelineScope.extend({
      clusterId: EmrId,
      stepId: EmrId,
      file: LogFile,
    }),
    z.object({ text: z.string(), location: z.string(), at: z.iso.datetime().nullable() }),
  ),
}
