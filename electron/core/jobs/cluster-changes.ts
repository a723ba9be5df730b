import {
  CancelStepsCommand,
  SetTerminationProtectionCommand,
  type StepCancellationOption,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr'
import type { Cluster, Step } from '../../../shared/features/jobs.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { findClusters } from '../clusters/find-cluster.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { pollUntil } from '../targets/polls.ts'
import { reporter } from '../work/work.ts'
import { addStepOnce } from './add-step-once.ts'
import type { StepFindings } from './step-cause/findings.ts'
import { listSteps, readJobs } from './view.ts'

/** A step as it is asked for. */
export interface NewStep {
  name: string
  jar: string
  arguments: string[]
  actionOnFailure: 'CONTINUE' | 'CANCEL_AND_WAIT'
}

/**
 * Adds a step to one of the pipeline's clusters and reports what becomes of it, until it runs, has ended, or must wait
 * for another one.
 */
export async function* addStep(
  deps: { clock: Clock; findings: StepFindings },
  context: PipelineContext,
  clusterId: string,
  step: NewStep,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { clock } = deps
  const report = reporter(clock, 'add-step', `Add step ${step.name}`)
  const { stepConcurrency, steps } = await ownCluster(context, clock, clusterId, signal)
  const before = steps.filter(entry => !isOver(entry))
  const added = {
    Name: step.name,
    ActionOnFailure: step.actionOnFailure,
    HadoopJarStep: { Jar: step.jar, Args: step.arguments },
  }
  const stepId = await addStepOnce(context, clusterId, added, signal)
  if (before.length >= stepConcurrency) {
    yield report(
      'done',
      `${stepId} waits: the cluster runs ${stepConcurrency} at a time, and ${before.length} came before it`,
    )
    return
  }
  yield report('running', `${stepId} is pending`)
  const followed = await followStep(context, clusterId, stepId, entry => entry.state !== 'PENDING', signal)
  if (followed.state === 'FAILED') throw stepFailed(await deps.findings.ofStep(context, clusterId, followed, signal))
  yield report('done', `${stepId} is ${followed.state.toLowerCase()}`)
}

/** Cancels a step and waits for its end. */
export async function* cancelStep(
  context: PipelineContext,
  clock: Clock,
  asked: { clusterId: string; stepId: string; how: StepCancellationOption },
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { clusterId, stepId, how } = asked
  const report = reporter(clock, 'cancel-step', `Cancel step ${stepId}`)
  await ownCluster(context, clock, clusterId, signal)
  const { CancelStepsInfoList: [answer] = [] } = await context.aws.emr.send(
    new CancelStepsCommand({ ClusterId: clusterId, StepIds: [stepId], StepCancellationOption: how }),
    { abortSignal: signal },
  )
  if (answer?.Status === 'FAILED')
    throw new ExpectedError({
      code: 'conflict',
      message: `Step ${stepId} was not cancelled: ${answer.Reason ?? 'EMR gives no reason'}`,
      hint: 'Only a step that is pending or runs can be cancelled.',
      retryable: false,
    })
  yield report('running', 'EMR has taken the request')
  const ended = await followStep(context, clusterId, stepId, isOver, signal)
  yield report('done', `${stepId} is ${ended.state.toLowerCase()}`)
}

/** Sets or lifts EMR's termination protection. */
export async function protectCluster(
  context: PipelineContext,
  clock: Clock,
  clusterId: string,
  on: boolean,
  signal: AbortSignal,
): Promise<{ protected: boolean }> {
  await ownCluster(context, clock, clusterId, signal)
  await context.aws.emr.send(
    new SetTerminationProtectionCommand({ JobFlowIds: [clusterId], TerminationProtected: on }),
    {
      abortSignal: signal,
    },
  )
  return { protected: (await ownCluster(context, clock, clusterId, signal)).protected }
}

/** Terminates a cluster whose protection was lifted, and waits until it is gone. */
export async function* terminateCluster(
  context: PipelineContext,
  clock: Clock,
  clusterId: string,
  confirm: string,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const report = reporter(clock, 'terminate', `Terminate cluster ${clusterId}`)
  if (confirm !== clusterId) {
    throw new ExpectedError({
      code: 'invalid_input',
      message: `To terminate the cluster, its id must be typed: ${clusterId}.`,
      hint: 'Nothing was terminated.',
      retryable: false,
    })
  }
  const cluster = await ownCluster(context, clock, clusterId, signal)
  if (cluster.protected) {
    throw new ExpectedError({
      code: 'conflict',
      message: `Cluster ${clusterId} is protected from termination.`,
      hint: 'Lift the protection first.',
      retryable: false,
    })
  }
  await context.aws.emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [clusterId] }), { abortSignal: signal })
  yield report('running', 'its steps end, then its machines')
  const living = () => findClusters(context, signal)
  const isGone = (found: Awaited<ReturnType<typeof living>>) => found.every(entry => entry.Id !== clusterId)
  await pollUntil(context.polls.start('cluster'), living, isGone, signal)
  yield report('done', 'it is gone; the checkpoint in S3 stays')
}

/** The cluster, if it is one of the pipeline's: nothing else is touched from here. */
async function ownCluster(
  context: PipelineContext,
  clock: Clock,
  clusterId: string,
  signal: AbortSignal,
): Promise<Cluster> {
  const { clusters } = await readJobs(context, clock, signal)
  const found = clusters.find(cluster => cluster.id === clusterId)
  if (found) return found
  throw new ExpectedError({
    code: 'not_found',
    message: `${clusterId} is not a living cluster of ${context.spec.title}.`,
    hint: `Its clusters: ${clusters.map(cluster => cluster.id).join(', ') || 'none'}.`,
    retryable: false,
  })
}

const OVER: ReadonlySet<Step['state']> = new Set(['COMPLETED', 'CANCELLED', 'FAILED', 'INTERRUPTED'])
const isOver = (step: Step): boolean => OVER.has(step.state)

/** Polls a step until it is as wanted. */
export async function followStep(
  context: PipelineContext,
  clusterId: string,
  stepId: string,
  until: (step: Step) => boolean,
  signal: AbortSignal,
): Promise<Step> {
  const read = async () => {
    const step = (await listSteps(context, clusterId, signal)).find(entry => entry.id === stepId)
    if (!step) throw new Error(`Step ${stepId} is gone from cluster ${clusterId}`)
    return step
  }
  return pollUntil(context.polls.start('cluster'), read, until, signal)
}

/** A step that failed, with why, as its log says or else as EMR does, and what to do. */
export const stepFailed = (step: Step): ExpectedError =>
  new ExpectedError({
    code: 'failed',
    message:
      `Step ${step.id} is ${step.state}: ` +
      `${step.cause?.said || step.failure?.message || step.failure?.reason || 'no reason given'}`,
    hint: step.cause
      ? step.cause.next
      : step.failure?.logFile
        ? `Its log: ${step.failure.logFile}`
        : 'See the log of its step.',
    retryable: true,
  })
