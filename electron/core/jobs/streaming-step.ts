import type { SparkCheckpointStep } from '../../../shared/features/checkpoint.ts'
import type { Step } from '../../../shared/features/jobs.ts'
import {
  EMBEDDED_ENGINE_COMMAND,
  formatJobArguments,
  type JobArguments,
  planFile,
  type SinkArguments,
  type SourceArguments,
  SPARK_COMMAND,
  SPARK_PACKAGE,
  SPARK_SCRIPT,
} from '../../../shared/job/arguments.ts'
import type { Engine } from '../../../shared/job/engine.ts'
import { findClusters } from '../clusters/find-cluster.ts'
import { type CurrentFiles, fileNames } from '../deployed/versions.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { jobLocation } from '../query-state/job-location.ts'
import { listSteps } from './view.ts'

/** The name by which the pipeline's streaming step is known among the steps of its cluster. */
export const streamingStepName = ({ spec }: PipelineContext): string => `${spec.id} ${spec.job.query}`

const ALIVE: ReadonlySet<Step['state']> = new Set(['PENDING', 'RUNNING', 'CANCEL_PENDING'])

/** The streaming step that is pending or runs, if there is one. */
export const liveStreamingStep = (context: PipelineContext, steps: readonly Step[]): Step | undefined =>
  steps.find(step => step.name === streamingStepName(context) && ALIVE.has(step.state))

/**
 * The streaming step that is pending or runs on one of the pipeline's clusters, and when the newest one before it
 * ended.
 */
export async function stepsOnCheckpoint(
  context: PipelineContext,
  signal: AbortSignal,
): Promise<{ using?: { stepId: string; clusterId: string; state: Step['state'] }; endedMs?: number }> {
  const ends: number[] = []
  for (const { Id: clusterId = '' } of await findClusters(context, signal)) {
    const steps = await listSteps(context, clusterId, signal)
    const step = liveStreamingStep(context, steps)
    if (step) return { using: { stepId: step.id, clusterId, state: step.state } }
    const name = streamingStepName(context)
    ends.push(...steps.flatMap(entry => (entry.name === name && entry.endedAt ? [Date.parse(entry.endedAt)] : [])))
  }
  return ends.length === 0 ? {} : { endedMs: Math.max(...ends) }
}

/** Steps of the pipeline's clusters that were started on a checkpoint of Spark's own, newest first. */
export async function stepsOnSparkCheckpoints(
  context: PipelineContext,
  signal: AbortSignal,
): Promise<SparkCheckpointStep[]> {
  const found: SparkCheckpointStep[] = []
  for (const { Id: clusterId = '' } of await findClusters(context, signal)) {
    for (const { id, state, arguments: args } of await listSteps(context, clusterId, signal)) {
      const address = optionOf(args, '--spark-checkpoint')
      if (address !== undefined)
        found.push({
          address,
          stepId: id,
          clusterId,
          state,
          sink: optionOf(args, '--sink') ?? null,
          output: optionOf(args, '--output') ?? null,
        })
    }
  }
  return found
}

/** The value of an option of the job, written `--name value` or `--name=value`; the last one counts. */
function optionOf(args: readonly string[], name: string): string | undefined {
  const place = args.findLastIndex(argument => argument === name || argument.startsWith(`${name}=`))
  if (place < 0) return undefined
  return args[place] === name ? args[place + 1] : args[place]?.slice(name.length + 1)
}

/** What the kinds of a pipeline's source and sink add to the arguments of its job. */
export interface KindArguments {
  source: SourceArguments
  sink: SinkArguments
}

/** What the step is started with, from the spec and the target. */
function streamingArguments(context: PipelineContext, files: CurrentFiles, kinds: KindArguments): JobArguments {
  const { spec, target } = context
  return {
    plan: addressOf(files, planFile(spec.id, spec.job.query)),
    region: target.region,
    bucket: jobLocation(context).bucket,
    triggerMs: spec.job.triggerMs,
    maxRecordsPerBatch: spec.job.maxRecordsPerBatch,
    ...kinds.source,
    ...kinds.sink,
  }
}

/**
 * The command line that EMR's command-runner is given. On Spark the driver runs on the primary node (client mode), so
 * that EMR's interrupt reaches it and its logs are those of the step.
 */
export function streamingCommand(
  context: PipelineContext,
  engine: Engine,
  files: CurrentFiles,
  kinds: KindArguments,
): string[] {
  const args = formatJobArguments(streamingArguments(context, files, kinds))
  if (engine === 'embedded') return [EMBEDDED_ENGINE_COMMAND, ...args]
  const [zip, script] = [addressOf(files, SPARK_PACKAGE), addressOf(files, SPARK_SCRIPT)]
  return [SPARK_COMMAND, '--deploy-mode', 'client', '--py-files', zip, script, ...args]
}

/** Of the current version: its keys never have another content, so the job keeps what it is started with. */
const addressOf = ({ bucket, keyOf }: CurrentFiles, file: string): string =>
  `s3://${bucket}/${keyOf(fileNames.script(file))}`
