import type { Cluster, Step } from '../../../shared/features/jobs.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import type { Engine } from '../../../shared/job/engine.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { toAppError } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import { reporter } from '../work/work.ts'
import { addStepOnce } from './add-step-once.ts'
import { stepFailed } from './cluster-changes.ts'
import { PHASES, phasesOn, phasesOver, type Seen } from './start-phases.ts'
import type { StepFindings } from './step-cause/findings.ts'
import { logFolder, readStepLog } from './step-logs.ts'
import { liveStreamingStep, streamingStepName } from './streaming-step.ts'
import { listSteps, readJobs } from './view.ts'

/** For so long a step may be pending, and for so long again its query may report nothing. */
const PATIENCE_MS = 300_000

/** The step's command of what is deployed, and what is to be said of the packages it needs. */
type Command = (clusterId: string) => Promise<{ command: string[]; packages: string | undefined }>

interface Deps {
  clock: Clock
  findings: StepFindings
}

/**
 * Adds the streaming step, unless it is there, and reports what becomes of it until its query has reported its first
 * progress. To give up waiting leaves the step alone.
 */
export async function* startJob(
  deps: Deps & { engine: Engine; command: Command; admit: () => Promise<string> },
  context: PipelineContext,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { clock } = deps
  const cluster = await readyCluster(context, clock, signal)
  const before = await latestProgress(context, signal)
  const submit = reporter(clock, 'submit-step', 'Add the streaming step')
  const live = liveStreamingStep(context, cluster.steps)
  if (live?.state === 'CANCEL_PENDING') throw isEnding(live)
  if (live) {
    yield submit('skipped', `${live.id} is on ${cluster.id} already, on the ${live.engine} engine`)
    if (before && hasReported(live, before)) return
    yield* follow(deps, context, { clusterId: cluster.id, step: live, before }, signal)
    return
  }
  const packagesOf = reporter(clock, 'check-packages', "Check the deployed job, and the cluster's packages")
  const { command, packages } = await deps.command(cluster.id)
  if (packages !== undefined) yield packagesOf('done', packages)
  const check = reporter(clock, 'check-checkpoint', 'Check the checkpoint')
  yield check('running', 'and at the stream, its counters and the batch table')
  try {
    yield check('done', await deps.admit())
  } catch (error) {
    if (!signal.aborted) yield check('failed', 'the job is not started')
    throw error
  }
  const stepId = await addStreamingStep(context, cluster.id, command, signal)
  yield submit('done', `${stepId} on ${cluster.id}`)
  yield* follow(deps, context, { clusterId: cluster.id, step: { id: stepId, engine: deps.engine }, before }, signal)
}

/** Whether a progress was written since the step began to run. */
const hasReported = ({ startedAt }: Step, progress: QueryProgress): boolean =>
  startedAt !== undefined && Date.parse(progress.timestamp) >= Date.parse(startedAt)

/** Reports each phase of a step as it is seen to be over, to the first progress of its query. */
async function* follow(
  { clock, findings }: Deps,
  context: PipelineContext,
  started: { clusterId: string; step: Pick<Step, 'id' | 'engine'>; before: QueryProgress | undefined },
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { clusterId, before } = started
  const { id: stepId, engine } = started.step
  const phases = phasesOn(engine).map(phase => reporter(clock, phase, PHASES[phase]))
  const readLog = logReader(context, clock, clusterId, stepId)
  const poll = context.polls.start('cluster')
  let over = 0
  let sinceMs = clock.monotonic()
  let state: Seen['state'] = 'PENDING'
  while (true) {
    const seen = await orNothing(() =>
      poll.ask(async () => {
        const step = await stepNow(context, clusterId, stepId, signal)
        if (step.state !== 'PENDING' && step.state !== 'RUNNING')
          throw stepFailed(await findings.ofStep(context, clusterId, step, signal))
        const progress = await latestProgress(context, signal)
        const reported = progress?.runId === before?.runId ? undefined : progress
        const log = engine === 'spark' && step.state === 'RUNNING' && !reported ? await readLog(signal) : ''
        return { state: step.state, reported, log }
      }, signal),
    )
    if (seen && seen.state !== state) {
      state = seen.state
      poll.changed()
      sinceMs = clock.monotonic()
    }
    const nowOver = seen ? phasesOver(engine, seen) : []
    for (const [at, report] of phases.entries()) {
      if (at < over) continue
      const shown = nowOver[at]?.shown
      if (shown !== undefined) {
        over = at + 1
        yield report('done', shown)
        continue
      }
      const waitedMs = clock.monotonic() - sinceMs
      if (waitedMs > PATIENCE_MS) throw takesLong(stepId, state)
      const words = `${stepId} has been ${state} for ${Math.round(waitedMs / 1000)} s`
      yield report('running', seen ? words : 'the target does not answer just now')
      break
    }
    if (over === phases.length) return
    await poll.wait(signal)
  }
}

/**
 * What is asked for; undefined while the target does not answer: a sandbox that was killed is started again, with its
 * steps.
 */
async function orNothing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (toAppError(error).code === 'unavailable') return undefined
    throw error
  }
}

/** Reads the step's stderr every so often; the text that was read last meanwhile. */
function logReader(context: PipelineContext, clock: Clock, clusterId: string, stepId: string) {
  let folder: string | undefined
  let last = { text: '', etag: '' }
  let nextMs = Number.NEGATIVE_INFINITY
  return async (signal: AbortSignal): Promise<string> => {
    if (clock.monotonic() < nextMs) return last.text
    folder ??= await logFolder(context, clusterId, signal)
    const log = await readStepLog(
      context,
      { folder, clusterId, stepId, file: 'stderr', etag: last.etag || undefined },
      signal,
    )
    if (log !== undefined && log !== 'same') last = log
    nextMs = clock.monotonic() + context.polls.watchMs('log', 0)
    return last.text
  }
}

async function stepNow(
  context: PipelineContext,
  clusterId: string,
  stepId: string,
  signal: AbortSignal,
): Promise<Step> {
  const step = (await listSteps(context, clusterId, signal)).find(entry => entry.id === stepId)
  if (!step) throw new Error(`Step ${stepId} is gone from cluster ${clusterId}`)
  return step
}

const isEnding = ({ id }: Step): ExpectedError =>
  new ExpectedError({
    code: 'conflict',
    message: `Step ${id} is being ended.`,
    hint: 'Start the job again once it has ended.',
    retryable: true,
  })

const takesLong = (stepId: string, state: Seen['state']): ExpectedError =>
  new ExpectedError({
    code: 'failed',
    message:
      state === 'PENDING'
        ? `Step ${stepId} is still PENDING after ${PATIENCE_MS / 1000} s.`
        : `Step ${stepId} is RUNNING for ${PATIENCE_MS / 1000} s, and its query has reported no progress.`,
    hint:
      state === 'PENDING'
        ? 'It is left as it is: it runs when the cluster has a place for it. See the other steps of the cluster.'
        : 'It is left as it is. Its stderr log says what it does; a first trigger with many records may take this ' +
          'long.',
    retryable: true,
  })

async function addStreamingStep(
  context: PipelineContext,
  clusterId: string,
  command: string[],
  signal: AbortSignal,
): Promise<string> {
  const step = {
    Name: streamingStepName(context),
    ActionOnFailure: 'CONTINUE',
    HadoopJarStep: { Jar: 'command-runner.jar', Args: command },
  } as const
  return addStepOnce(context, clusterId, step, signal)
}

/** The newest cluster of the pipeline, once it takes steps. */
async function readyCluster(context: PipelineContext, clock: Clock, signal: AbortSignal): Promise<Cluster> {
  const poll = context.polls.start('cluster')
  while (true) {
    const cluster = (await poll.ask(() => readJobs(context, clock, signal), signal)).clusters[0]
    if (!cluster) {
      throw new ExpectedError({
        code: 'not_found',
        message: `There is no cluster for ${context.spec.title}.`,
        hint: 'Apply the plan first: it launches one.',
        retryable: false,
      })
    }
    if (cluster.state === 'RUNNING' || cluster.state === 'WAITING') return cluster
    await poll.wait(signal)
  }
}
