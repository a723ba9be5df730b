import type { Preflight, SparkCheckpointStep } from '../../../../shared/features/checkpoint.ts'
import type { Clock } from '../../clock/clock.ts'
import type { LedgerOf } from '../../ledgers/ledger.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { SourceOf } from '../../sources/source.ts'
import { type ArchivePlace, archiveBeside, listArchived } from '../archive.ts'
import { streamFacts } from '../facts.ts'
import { summaryOf } from '../summary.ts'
import { sparkChoices } from './spark-choices.ts'
import { placeOf, readSparkCheckpoint } from './spark-entries.ts'
import { type SparkFacts, sparkVerdicts } from './spark-verdicts.ts'
import { writtenBatches } from './written.ts'

export interface SparkPreflightDeps {
  clock: Clock
  sourceOf: SourceOf
  ledgerOf: LedgerOf
  /** Steps of the pipeline on checkpoints of Spark's own, newest first. */
  stepsOnSparkCheckpoints: (context: PipelineContext, signal: AbortSignal) => Promise<SparkCheckpointStep[]>
}

/** Reads a checkpoint of Spark's own, the stream, its counters and the steps that name it. Reads no records. */
export async function sparkFactsOf(
  deps: SparkPreflightDeps,
  context: PipelineContext,
  address: string,
  signal: AbortSignal,
): Promise<SparkFacts & { sparkSteps: SparkCheckpointStep[] }> {
  const source = deps.sourceOf(context)
  const checkpoint = await readSparkCheckpoint(context, address, signal)
  const { entries } = checkpoint
  const queryId = entries.metadata.state === 'read' ? entries.metadata.value.id : undefined
  const [stream, written, sparkSteps] = await Promise.all([
    streamFacts(source, deps.clock, entries.standsAt, signal),
    writtenBatches(context, queryId, entries.newest?.batchId, signal),
    deps.stepsOnSparkCheckpoints(context, signal),
  ])
  const here = archiveNameOf(address)
  return {
    checkpoint,
    written,
    steps: sparkSteps.filter(step => step.address.startsWith('s3') && archiveNameOf(step.address) === here),
    sparkSteps,
    facts: {
      nowMs: deps.clock.now(),
      entries,
      offset: entries.standsAt,
      stream,
      warehouse: { state: 'unknown', why: 'it has nothing of a checkpoint of Spark' },
      source,
      sink: deps.ledgerOf(context).names,
      progress: undefined,
      step: undefined,
      stepEndedMs: undefined,
    },
  }
}

/** What a step that starts now would find in it. */
export async function preflightOfSpark(
  deps: SparkPreflightDeps,
  context: PipelineContext,
  address: string,
  signal: AbortSignal,
): Promise<Preflight> {
  const { sparkSteps, ...found } = await sparkFactsOf(deps, context, address, signal)
  const { entries, offset, nowMs, stream } = found.facts
  const verdicts = sparkVerdicts(found, context.spec)
  return {
    at: new Date(nowMs).toISOString(),
    ...summaryOf(entries, offset, verdicts),
    choices: sparkChoices(found, verdicts.find(verdict => verdict.state === 'fatal')?.said),
    archived: await listArchived(context, sparkArchive(address), signal),
    sparkSteps,
    sources: stream ? [stream.counters.source] : [],
  }
}

/** Where checkpoints of an address are archived: beside it, as those of the console's own are. */
export function sparkArchive(address: string): ArchivePlace {
  const { bucket, folder } = placeOf(address)
  return archiveBeside(bucket, folder)
}
const archiveNameOf = (address: string): string => JSON.stringify(sparkArchive(address))
