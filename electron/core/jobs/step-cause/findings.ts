import type { Cluster, ExecutorLoss, Step, StepCause } from '../../../../shared/features/jobs.ts'
import type { Clock } from '../../clock/clock.ts'
import { toAppError } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { logFolder, readStepLog } from '../step-logs.ts'
import { causeOf } from './cause.ts'
import { lossesIn } from './losses.ts'

/** What logs say of steps, each read as seldom as it can be. */
export interface StepFindings {
  /** The clusters with the cause of each failed step, and the executors that Spark lost. */
  of(context: PipelineContext, clusters: readonly Cluster[], signal: AbortSignal): Promise<Cluster[]>
  /** One step of a cluster with its own. */
  ofStep(context: PipelineContext, clusterId: string, step: Step, signal: AbortSignal): Promise<Step>
}

/** Steps of a cluster whose logs are read, newest first. */
const MOST_STEPS = 5
/**
 * EMR brings logs to S3 every few minutes: what is not there yet, or may have grown, is asked for again after this
 * long.
 */
const AGAIN_MS = 10_000

interface Known {
  askedMs: number
  /** What is asked for depends on it: a step that has just failed has a cause now. */
  state: Step['state']
  /** Nothing of it will change any more. */
  final: boolean
  cause: StepCause | undefined
  losses: ExecutorLoss[]
  stderrTag: string | undefined
}

export function createStepFindings(clock: Clock): StepFindings {
  const known = new Map<string, Known>()
  const folders = new Map<string, string>()

  async function folderOf(context: PipelineContext, clusterId: string, signal: AbortSignal): Promise<string> {
    const key = `${context.target.id}/${clusterId}`
    const folder = folders.get(key) ?? (await logFolder(context, clusterId, signal))
    folders.set(key, folder)
    return folder
  }

  async function find(context: PipelineContext, clusterId: string, step: Step, signal: AbortSignal): Promise<Known> {
    const key = `${context.target.id}/${clusterId}/${step.id}`
    const before = known.get(key)
    if (before?.state === step.state && (before.final || clock.monotonic() - before.askedMs < AGAIN_MS)) return before
    const place = { folder: await folderOf(context, clusterId, signal), clusterId, stepId: step.id }
    const found =
      step.state === 'FAILED'
        ? await failed(context, place, before, signal)
        : await running(context, place, before, ENDED.has(step.state), signal)
    const now = { ...found, askedMs: clock.monotonic(), state: step.state }
    known.set(key, now)
    return now
  }

  async function ofStep(context: PipelineContext, clusterId: string, step: Step, signal: AbortSignal): Promise<Step> {
    if (!isTelling(step)) return step
    const found = await orNothing(find(context, clusterId, step, signal))
    return {
      ...step,
      ...(found?.cause && { cause: found.cause }),
      ...(found && found.losses.length > 0 && { losses: found.losses }),
    }
  }

  return {
    ofStep,
    async of(context, clusters, signal) {
      return Promise.all(
        clusters.map(async cluster => {
          const wanted = new Set(
            cluster.steps
              .filter(isTelling)
              .slice(0, MOST_STEPS)
              .map(step => step.id),
          )
          const steps = cluster.steps.map(step =>
            wanted.has(step.id) ? ofStep(context, cluster.id, step, signal) : step,
          )
          return { ...cluster, steps: await Promise.all(steps) }
        }),
      )
    },
  }
}

const ENDED: ReadonlySet<Step['state']> = new Set(['COMPLETED', 'CANCELLED', 'FAILED', 'INTERRUPTED'])
/** A failed step has a cause; only Spark has executors to lose. */
const isTelling = (step: Step): boolean =>
  step.state === 'FAILED' || (step.engine === 'spark' && step.startedAt !== undefined)

/**
 * Logs explain what the view already says: where they cannot be read, the view is still whole. A bug is none of these.
 */
async function orNothing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (['internal', 'cancelled'].includes(toAppError(error).code)) throw error
    return undefined
  }
}

type Place = Omit<Parameters<typeof readStepLog>[1], 'file' | 'etag'>
type Found = Omit<Known, 'askedMs' | 'state'>

async function failed(
  context: PipelineContext,
  place: Place,
  before: Known | undefined,
  signal: AbortSignal,
): Promise<Found> {
  const read = async (file: 'stdout' | 'stderr' | 'controller') => {
    const log = await readStepLog(context, { ...place, file }, signal)
    return log === undefined || log === 'same' ? undefined : log.text
  }
  const [stdout, stderr, controller] = await Promise.all([read('stdout'), read('stderr'), read('controller')])
  if (stdout === undefined && stderr === undefined)
    return { final: false, cause: before?.cause, losses: before?.losses ?? [], stderrTag: undefined }
  return {
    // The controller writes the end of the step, so with it the other two are whole.
    final: /failed with exitCode|ended with exit code/.test(controller ?? ''),
    cause: causeOf({ stdout: stdout ?? '', stderr: stderr ?? '', controller: controller ?? '' }),
    losses: lossesIn('stderr', stderr ?? ''),
    stderrTag: undefined,
  }
}

async function running(
  context: PipelineContext,
  place: Place,
  before: Known | undefined,
  ended: boolean,
  signal: AbortSignal,
): Promise<Found> {
  const log = await readStepLog(context, { ...place, file: 'stderr', etag: before?.stderrTag }, signal)
  const fresh = log !== undefined && log !== 'same'
  return {
    // The last text comes after the step has ended: it is final when it was still the same a while later.
    final: ended && log === 'same',
    cause: undefined,
    losses: fresh ? lossesIn('stderr', log.text) : (before?.losses ?? []),
    stderrTag: fresh ? log.etag : before?.stderrTag,
  }
}
