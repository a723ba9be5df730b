import { type Cluster as EmrCluster, ListStepsCommand, type StepSummary } from '@aws-sdk/client-emr'
import type { Cluster, JobsView, Step } from '../../../shared/features/jobs.ts'
import { EMBEDDED_ENGINE_COMMAND, SPARK_COMMAND } from '../../../shared/job/arguments.ts'
import type { Clock } from '../clock/clock.ts'
import { findClusters } from '../clusters/find-cluster.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { latestProgress } from '../query-state/job-progress.ts'

/** The pipeline's clusters with their steps, and the query's newest progress. */
export async function readJobs(context: PipelineContext, clock: Clock, signal: AbortSignal): Promise<JobsView> {
  const [clusters, progress] = await Promise.all([findClusters(context, signal), latestProgress(context, signal)])
  const withSteps = await Promise.all(
    clusters.map(async cluster => toCluster(cluster, await listSteps(context, cluster.Id ?? '', signal))),
  )
  return { at: new Date(clock.now()).toISOString(), clusters: withSteps, progress: progress ?? null }
}

/** The steps of a cluster, newest first. */
export async function listSteps(context: PipelineContext, clusterId: string, signal: AbortSignal): Promise<Step[]> {
  const steps: Step[] = []
  let marker: string | undefined
  do {
    const page = await context.aws.emr.send(
      new ListStepsCommand({ ClusterId: clusterId, ...(marker && { Marker: marker }) }),
      {
        abortSignal: signal,
      },
    )
    steps.push(...(page.Steps ?? []).map(toStep))
    marker = page.Marker
  } while (marker)
  return steps
}

function toCluster(cluster: EmrCluster, steps: Step[]): Cluster {
  const timeline = cluster.Status?.Timeline
  return {
    id: cluster.Id ?? '',
    name: cluster.Name ?? '',
    state: cluster.Status?.State ?? 'UNKNOWN',
    stateReason: cluster.Status?.StateChangeReason?.Message ?? '',
    release: cluster.ReleaseLabel ?? '',
    createdAt: timeline?.CreationDateTime?.toISOString(),
    readyAt: timeline?.ReadyDateTime?.toISOString(),
    protected: cluster.TerminationProtected ?? false,
    stepConcurrency: cluster.StepConcurrencyLevel ?? 1,
    steps,
  }
}

function toStep(step: StepSummary): Step {
  const { Timeline: timeline, FailureDetails: failure } = step.Status ?? {}
  const args = step.Config?.Args ?? []
  return {
    id: step.Id ?? '',
    name: step.Name ?? '',
    state: step.Status?.State ?? 'PENDING',
    engine: engineOf(args),
    arguments: args,
    createdAt: timeline?.CreationDateTime?.toISOString(),
    startedAt: timeline?.StartDateTime?.toISOString(),
    endedAt: timeline?.EndDateTime?.toISOString(),
    failure: failure && {
      reason: failure.Reason ?? '',
      message: failure.Message ?? '',
      logFile: failure.LogFile ?? '',
    },
  }
}

function engineOf(args: readonly string[]): Step['engine'] {
  if (args[0] === EMBEDDED_ENGINE_COMMAND) return 'embedded'
  return args[0] === SPARK_COMMAND ? 'spark' : 'unknown'
}
