import { z } from 'zod'
import { QueryProgress } from '../job/progress.ts'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, WorkEvent } from './scope.ts'

export const Step = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['PENDING', 'CANCEL_PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED', 'INTERRUPTED']),
  engine: z.enum(['embedded', 'spark', 'unknown']),
  arguments: z.array(z.string()),
  createdAt: z.iso.datetime().optional(),
  startedAt: z.iso.datetime().optional(),
  endedAt: z.iso.datetime().optional(),
  failure: z.object({ reason: z.string(), message: z.string(), logFile: z.string() }).optional(),
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

export const jobsContract = {
  list: call(PipelineScope, JobsView),
  watch: stream(PipelineScope.extend({ everyMs: z.int().min(250).default(1000) }), JobsView),
  /** Adds the streaming step to the pipeline's cluster and waits until it runs; a step that runs already is kept. */
  start: stream(PipelineScope, WorkEvent, { overflow: 'wait' }),
  /** Waits until every record of the stream is committed; then, unless `thenStop` is false, cancels the step. */
  drain: stream(PipelineScope.extend({ thenStop: z.boolean().default(true) }), WorkEvent, { overflow: 'wait' }),
  /** CancelSteps with SEND_INTERRUPT: the query ends after its batch. */
  cancel: stream(PipelineScope, WorkEvent, { overflow: 'wait' }),
  logs: call(
    PipelineScope.extend({ clusterId: z.string(), stepId: z.string(), file: z.enum(['controller', 'stdout', 'stderr']) }),
    z.object({ text: z.string(), location: z.string(), at: z.iso.datetime().nullable() }),
  ),
}
