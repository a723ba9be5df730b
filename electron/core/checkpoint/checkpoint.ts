import type { BeginFrom, checkpointContract, Preflight, Verdict } from '../../../shared/features/checkpoint.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { ContextOf, PipelineContext } from '../pipeline-context.ts'
import { jobLocation } from '../query-state/job-location.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import { plural } from '../say.ts'
import type { StreamSource } from '../sources/source.ts'
import { archiveOf, listArchived } from './archive.ts'
import { type AskedPlace, choicesOf } from './choices.ts'
import { readEntriesBelow } from './entries.ts'
import { type CheckpointFacts, gatherFacts, type StreamFacts, type UsingStep } from './facts.ts'
import { type Reset, resetCheckpoint } from './reset.ts'
import { settleWarehouse } from './settle-warehouse.ts'
import { archiveSpark } from './spark/archive-spark.ts'
import { preflightOfSpark, type SparkPreflightDeps } from './spark/spark-preflight.ts'
import { beginAt, beginAtOffset, type Place } from './start-positions.ts'
import { summaryOf } from './summary.ts'
import { verdictsOf } from './verdicts.ts'

export interface CheckpointDeps extends SparkPreflightDeps {
  contextOf: ContextOf
  newQueryId: () => string
  /** The step that is pending or runs the pipeline's query, and when the newest one before it ended. */
  stepsOnCheckpoint: (context: PipelineContext, signal: AbortSignal) => Promise<{ using?: UsingStep; endedMs?: number }>
}

/** What a job that starts would find in its checkpoint, and the guarded ways to let it begin elsewhere. */
export function createCheckpointService(deps: CheckpointDeps): ServiceOf<typeof checkpointContract> {
  return {
    async preflight({ time, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      return preflight(deps, context, time, signal)
    },
    async preflightSpark({ address, ...scope }, { signal }) {
      return preflightOfSpark(deps, await deps.contextOf(scope), address, signal)
    },
    async *archiveSpark({ confirm, why, address, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      refuseUnconfirmed(context, confirm)
      yield* archiveSpark(deps, context, { address, why }, signal)
    },
    async *reset({ confirm, why, from, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      const facts = yield* settled(deps, context, confirm, signal)
      const asked = await placeOf(deps.sourceOf(context), facts.stream, from, deps.clock, signal)
      const planned = beginAt(facts.stream, facts.offset, asked.place)
      const { newest } = facts.entries
      const known = newest?.commit.state === 'read' ? newest.commit.value.maxEventTimeMs : undefined
      const reset: Reset = {
        from: asked.kind,
        fromText: asked.place.kind === 'oldest' ? 'the oldest record' : utc(asked.place.ms),
        why: why || 'not said',
        maxEventTimeMs: planned.readAgain > 0 || asked.kind === 'oldest' ? undefined : known,
        beginning: before => beginAt(facts.stream, before, asked.place),
      }
      yield* resetCheckpoint(deps, context, facts, reset, signal)
    },
    async *restore({ confirm, why, archive, ...scope }, { signal }) {
      const context = await deps.contextOf(scope)
      const facts = yield* settled(deps, context, confirm, signal)
      const { bucket } = jobLocation(context)
      const archived = await listArchived(context, archiveOf(context), signal)
      const found = archived.find(entry => entry.id === archive)
      if (!found)
        throw new ExpectedError({
          code: 'not_found',
          message: `There is no archived checkpoint ${archive}.`,
          hint: `Known: ${archived.map(entry => entry.id).join(', ') || 'none'}.`,
          retryable: false,
        })
      const folder = found.location.slice(`s3://${bucket}/`.length)
      const entries = await readEntriesBelow(context, bucket, folder, signal)
      const { newest } = entries
      if (newest?.plan.state !== 'read' || newest.commit.state !== 'read')
        throw new ExpectedError({
          code: 'conflict',
          message: `The checkpoint ${archive} has no committed batch that can be read.`,
          hint: 'Reset the checkpoint to a time instead.',
          retryable: false,
        })
      const wrong = verdictsOf({ ...facts, entries, offset: newest.plan.value.end }, context.spec).find(
        entry => entry.state === 'fatal' && (entry.check === 'stream' || entry.check === 'query'),
      )
      if (wrong)
        throw refused(
          `The checkpoint ${archive} cannot be used: ${wrong.said}`,
          'Reset the checkpoint to a time instead.',
        )
      const { end } = newest.plan.value
      yield* resetCheckpoint(
        deps,
        context,
        facts,
        {
          from: 'restored',
          fromText: `where the checkpoint of ${archive} stood`,
          why: why || 'not said',
          maxEventTimeMs: newest.commit.value.maxEventTimeMs,
          beginning: before => beginAtOffset(facts.stream, before, end),
        },
        signal,
      )
    },
  }
}

const refused = (message: string, hint: string): ExpectedError =>
  new ExpectedError({ code: 'conflict', message, hint, retryable: false })

/** The whole answer of `preflight`. */
async function preflight(
  deps: CheckpointDeps,
  context: PipelineContext,
  time: string | undefined,
  signal: AbortSignal,
): Promise<Preflight> {
  const facts = await gatherFacts(deps, context, signal)
  const verdicts = verdictsOf(facts, context.spec)
  const { entries, stream, nowMs } = facts
  const asked: BeginFrom[] = [
    { kind: 'oldest' },
    { kind: 'now' },
    ...(time ? [{ kind: 'time' as const, at: time }] : []),
  ]
  const places = stream
    ? await Promise.all(asked.map(from => placeOf(deps.sourceOf(context), stream, from, deps.clock, signal)))
    : []
  const fatal = verdicts.find(verdict => verdict.state === 'fatal')
  return {
    at: new Date(nowMs).toISOString(),
    ...summaryOf(entries, facts.offset, verdicts),
    choices: choicesOf(facts, places, fatal?.said),
    archived: await listArchived(context, archiveOf(context), signal),
    sparkSteps: await deps.stepsOnSparkCheckpoints(context, signal),
    sources: [
      ...(stream ? [stream.counters.source] : []),
      ...(facts.progress
        ? [{ name: 'progress of the streaming query', estimated: false, at: facts.progress.sluice.committedAt }]
        : []),
    ],
  }
}

/** Where a query is to begin, as a place in the stream. What lies before the oldest record is the oldest record. */
async function placeOf(
  source: StreamSource,
  stream: StreamFacts,
  from: BeginFrom,
  clock: Clock,
  signal: AbortSignal,
): Promise<AskedPlace> {
  if (from.kind === 'oldest') return { kind: 'oldest', place: { kind: 'oldest' } }
  const askedMs = from.kind === 'now' ? clock.now() : Date.parse(from.at)
  if (askedMs > clock.now())
    throw new ExpectedError({
      code: 'invalid_input',
      message: `${utc(askedMs)} is not yet: a stream cannot be read from a time to come.`,
      hint: 'Give a time up to now.',
      retryable: false,
    })
  const { periodMs } = stream.counters
  const ms = Math.floor(askedMs / periodMs) * periodMs
  if (ms <= Math.max(stream.createdMs, stream.horizonMs)) return { kind: from.kind, place: { kind: 'oldest' } }
  const place: Place = { kind: 'time', ms, openAt: await source.openAt(ms, signal) }
  return { kind: from.kind, place }
}

/** Longer than the second in which a query that runs writes its progress. */
const PROGRESS_WAIT_MS = 1_500
/** Progress that is older than this is of a query that ended. */
const FRESH_MS = 10_000

/**
 * The facts, when the checkpoint may be changed and nothing of it can change any more: no job runs, and no transaction
 * that one left behind.
 */
async function* settled(
  deps: CheckpointDeps,
  context: PipelineContext,
  confirm: string,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent, CheckpointFacts & { stream: StreamFacts }> {
  const facts = await unused(deps, context, confirm, signal)
  const waited = yield* settleWarehouse({ clock: deps.clock, ledger: deps.ledgerOf(context) }, facts.entries, signal)
  return waited ? unused(deps, context, confirm, signal) : facts
}

/**
 * The facts, when the checkpoint may be changed.
 * @throws ExpectedError without the typed name, without a stream, and while anything uses the checkpoint
 */
async function unused(
  deps: CheckpointDeps,
  context: PipelineContext,
  confirm: string,
  signal: AbortSignal,
): Promise<CheckpointFacts & { stream: StreamFacts }> {
  refuseUnconfirmed(context, confirm)
  const facts = await gatherFacts(deps, context, signal)
  if (facts.step)
    throw refused(
      `Step ${facts.step.stepId} on ${facts.step.clusterId} is ${facts.step.state.toLowerCase()} on the checkpoint.`,
      'End the job first: it ends after its batch.',
    )
  const { progress, stream } = facts
  if (progress && facts.nowMs - Date.parse(progress.sluice.committedAt) < FRESH_MS) {
    await deps.clock.sleep(PROGRESS_WAIT_MS, signal)
    const later = await latestProgress(context, signal)
    if (later?.sluice.committedAt !== progress.sluice.committedAt)
      throw refused(
        `Run ${later?.runId} writes progress on the checkpoint (batch ${later?.batchId}), and it is no step of ` +
          'this pipeline.',
        'End that job first.',
      )
  }
  if (!stream)
    throw new ExpectedError({
      code: 'not_found',
      message: `There is no stream named ${facts.source.name} to begin in.`,
      hint: 'Apply the plan first.',
      retryable: false,
    })
  return { ...facts, stream }
}

/** @throws ExpectedError without the typed name */
function refuseUnconfirmed(context: PipelineContext, confirm: string): void {
  if (confirm !== context.spec.id)
    throw new ExpectedError({
      code: 'invalid_input',
      message: `To let ${context.spec.title} begin elsewhere, its name must be typed: ${context.spec.id}.`,
      hint: 'Nothing was changed.',
      retryable: false,
    })
}

const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/**
 * One line of what was found, for the step of a job that starts. @throws ExpectedError when a job must not start on it
 */
export function admit(preflight: Preflight): string {
  const of = (state: Verdict['state']) => preflight.verdicts.filter(verdict => verdict.state === state)
  const [fatal] = of('fatal')
  if (fatal)
    throw refused(
      `The job does not start on this checkpoint: ${fatal.said}`,
      fatal.next ?? 'See the checkpoint on the Job page, or run: sluice checkpoint',
    )
  const warnings = of('warning')
  if (warnings.length > 0)
    return `${plural(warnings.length, 'warning')}: ${warnings.map(verdict => verdict.said).join(' ')}`
  return preflight.verdicts.find(verdict => verdict.check === 'present')?.said ?? 'fine'
}
