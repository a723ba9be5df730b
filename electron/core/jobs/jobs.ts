import { CancelStepsCommand } from '@aws-sdk/client-emr'
import type { JobsView, jobsContract } from '../../../shared/features/jobs.ts'
import type { PipelineScope, WorkEvent } from '../../../shared/features/scope.ts'
import type { Target } from '../../../shared/features/targets.ts'
import type { Engine } from '../../../shared/job/engine.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { type Pace, watching } from '../clock/pace.ts'
import { currentFiles } from '../deployed/versions.ts'
import type { LedgerOf } from '../ledgers/ledger.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import type { BatchProgress } from '../query-state/batch-progress.ts'
import type { SourceOf, StreamSource } from '../sources/source.ts'
import { reporter } from '../work/work.ts'
import { applicationUi } from './application-ui.ts'
import { readBatch, readBatches } from './batches.ts'
import { addStep, cancelStep, followStep, protectCluster, terminateCluster } from './cluster-changes.ts'
import { watchDrain } from './drained.ts'
import { historyUi } from './history-ui.ts'
import { admitPackages } from './packages.ts'
import { startJob } from './start-job.ts'
import { createStepFindings } from './step-cause/findings.ts'
import { logFolder, readStepLog } from './step-logs.ts'
import { liveStreamingStep, streamingCommand, streamingStepName } from './streaming-step.ts'
import { readJobs } from './view.ts'

/** A job that has committed nothing for this long while records wait is not draining. */
const STALLED_MS = 120_000

/** Clusters, steps and the streaming query of a pipeline. */
export function createJobsService(deps: {
  contextOf: ContextOf
  clock: Clock
  pace: Pace
  batches: BatchProgress
  sourceOf: SourceOf
  ledgerOf: LedgerOf
  /**
   * What a job that starts now finds in its checkpoint, in a line. @throws ExpectedError when it must not start on it
   */
  admit: (scope: PipelineScope, signal: AbortSignal) => Promise<string>
}): ServiceOf<typeof jobsContract> {
  const { contextOf, clock, pace, batches } = deps
  const findings = createStepFindings(clock)
  const read = async (context: PipelineContext, signal: AbortSignal): Promise<JobsView> => {
    const jobs = await readJobs(context, clock, signal)
    return { ...jobs, clusters: await findings.of(context, jobs.clusters, signal) }
  }
  return {
    list: async (scope, { signal }) => read(await contextOf(scope), signal),
    async *watch({ everyMs, ...scope }, { signal }) {
      const context = await contextOf(scope)
      let batchId: number | undefined
      const poll = context.polls.start('cluster')
      const views = watching({
        ask: () => poll.ask(() => read(context, signal), signal),
        signature,
        everyMs: context.polls.watchMs('cluster', everyMs),
        pace,
        signal,
      })
      for await (const view of views) {
        // What the stream and the lag say has changed, too.
        if (batchId !== undefined && view.progress?.batchId !== batchId) pace.wake()
        batchId = view.progress?.batchId
        yield view
      }
    },
    async *start({ engine, ...scope }, { signal }) {
      const context = await contextOf(scope)
      refuseUnknownEngine(context.target, engine)
      const kinds = { source: deps.sourceOf(context).jobArguments, sink: deps.ledgerOf(context).jobArguments }
      const command = async (clusterId: string) => {
        const files = await currentFiles(context, signal)
        const packages = await admitPackages(context, engine, files, clusterId, signal)
        return { command: streamingCommand(context, engine, files, kinds), packages }
      }
      const admit = () => deps.admit(scope, signal)
      yield* startJob({ clock, findings, engine, command, admit }, context, signal)
    },
    async *drain({ thenStop, ...scope }, { signal }) {
      const context = await contextOf(scope)
      yield* drain({ clock, read, source: deps.sourceOf(context) }, context, signal)
      if (thenStop) yield* cancel(context, clock, signal)
    },
    async *cancel(scope, { signal }) {
      const context = await contextOf(scope)
      yield* cancel(context, clock, signal)
    },
    batches: async ({ limit, before, ...scope }, { signal }) =>
      readBatches(await contextOf(scope), batches, { limit, before }, signal),
    batch: async ({ batchId, ...scope }, { signal }) => readBatch(await contextOf(scope), deps, batchId, signal),
    async *addStep({ target, pipeline, clusterId, ...step }, { signal }) {
      const context = await contextOf({ target, pipeline })
      yield* addStep({ clock, findings }, context, clusterId, step, signal)
    },
    async *cancelStep({ target, pipeline, ...asked }, { signal }) {
      const context = await contextOf({ target, pipeline })
      yield* cancelStep(context, clock, asked, signal)
    },
    async protect({ clusterId, on, ...scope }, { signal }) {
      const context = await contextOf(scope)
      return protectCluster(context, clock, clusterId, on, signal)
    },
    async *terminate({ clusterId, confirm, ...scope }, { signal }) {
      const context = await contextOf(scope)
      yield* terminateCluster(context, clock, clusterId, confirm, signal)
    },
    async applicationUi({ clusterId, ...scope }, { signal }) {
      const context = await contextOf(scope)
      return { at: new Date(clock.now()).toISOString(), url: (await applicationUi(context, clusterId, signal)) ?? null }
    },
    async historyUi({ clusterId, ...scope }, { signal }) {
      const context = await contextOf(scope)
      return { at: new Date(clock.now()).toISOString(), url: (await historyUi(context, clusterId, signal)) ?? null }
    },
    async logs({ clusterId, stepId, file, ...scope }, { signal }) {
      const context = await contextOf(scope)
      const folder = await logFolder(context, clusterId, signal)
      const log = await readStepLog(context, { folder, clusterId, stepId, file }, signal)
      if (log === undefined || log === 'same') {
        throw new ExpectedError({
          code: 'not_found',
          message: `There is no ${file} of step ${stepId} yet.`,
          hint:
            'EMR copies logs to S3 every five minutes, the sandbox every few seconds; a step of command-runner.jar ' +
            'has no syslog.',
          retryable: true,
        })
      }
      return { text: log.text, location: log.location, at: log.writtenAt?.toISOString() ?? null }
    },
  }
}

/**
 * What a view says, without the times of the view; while a query starts or runs, no view says the same as
 * another.
 */
function signature({ clusters, progress, at }: JobsView): string {
  const states = clusters.map(cluster => [cluster.id, cluster.state, cluster.steps.map(step => step.state)])
  const moves = clusters.some(
    cluster => !['RUNNING', 'WAITING'].includes(cluster.state) || cluster.steps.some(step => MOVING.has(step.state)),
  )
  return JSON.stringify([states, progress?.batchId, moves && at])
}
const MOVING: ReadonlySet<string> = new Set(['PENDING', 'RUNNING', 'CANCEL_PENDING'])

/** @throws ExpectedError `invalid_input` that names what can run a job there */
function refuseUnknownEngine({ title, engines }: Target, engine: Engine): void {
  if (engines.includes(engine)) return
  throw new ExpectedError({
    code: 'invalid_input',
    message: `${title} cannot run a job on the ${engine} engine.`,
    hint: `Choose another: ${engines.join(', ')}.`,
    retryable: false,
  })
}

async function* drain(
  deps: {
    clock: Clock
    source: StreamSource
    read: (context: PipelineContext, signal: AbortSignal) => Promise<JobsView>
  },
  context: PipelineContext,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { clock } = deps
  const event = reporter(clock, 'drain', 'Let the job drain')
  const drained = watchDrain(context, deps.source, clock)
  const poll = context.polls.start('metrics')
  let committed = -1
  let committedAtMs = clock.monotonic()
  while (true) {
    const state = await poll.ask(() => drained(signal), signal)
    if (state.drained) break
    const step = (await findStep(context, clock, signal))?.step
    if (!step) throw notRunning(context, state.received - state.read, await deps.read(context, signal))
    if (state.read > committed) {
      committed = state.read
      committedAtMs = clock.monotonic()
    } else if (clock.monotonic() - committedAtMs > STALLED_MS) {
      throw new ExpectedError({
        code: 'failed',
        message: `The job has committed nothing for ${STALLED_MS / 1000} s: ${state.read} of ${state.received}.`,
        hint: 'See the stderr log of its step.',
        retryable: true,
      })
    }
    yield {
      ...event('running', `${state.read} of ${state.received} records committed`),
      fraction: Math.min(1, state.read / Math.max(1, state.received)),
    }
    await poll.wait(signal)
  }
  yield event('done', 'every record of the stream is committed')
}

async function findStep(context: PipelineContext, clock: Clock, signal: AbortSignal) {
  for (const cluster of (await readJobs(context, clock, signal)).clusters) {
    const step = liveStreamingStep(context, cluster.steps)
    if (step) return { cluster, step }
  }
  return undefined
}

async function* cancel(context: PipelineContext, clock: Clock, signal: AbortSignal): AsyncGenerator<WorkEvent> {
  const event = reporter(clock, 'stop-job', 'Stop the streaming step')
  const found = await findStep(context, clock, signal)
  if (!found) {
    yield event('skipped', 'it does not run')
    return
  }
  const { cluster, step } = found
  await context.aws.emr.send(
    new CancelStepsCommand({ ClusterId: cluster.id, StepIds: [step.id], StepCancellationOption: 'SEND_INTERRUPT' }),
    { abortSignal: signal },
  )
  yield event('running', `${step.id} ends after its batch`)
  const ended = await followStep(context, cluster.id, step.id, entry => !liveStreamingStep(context, [entry]), signal)
  yield event('done', `${step.id} is ${ended.state}`)
}

/** With why the newest streaming step ended, where it failed. */
function notRunning(context: PipelineContext, waiting: number, { clusters }: JobsView): ExpectedError {
  const newest = clusters.flatMap(cluster => cluster.steps).find(step => step.name === streamingStepName(context))
  const cause = newest?.state === 'FAILED' ? newest.cause : undefined
  return new ExpectedError({
    code: 'conflict',
    message:
      `The streaming step of ${context.spec.title} does not run, and ${waiting} records ` +
      `wait.${cause ? ` ${cause.said}` : ''}`,
    hint: cause?.next ?? 'Start it again: it goes on from its checkpoint.',
    retryable: true,
  })
}
