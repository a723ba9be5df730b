import type { QueryProgress, SourceOffset } from '../../../shared/job/progress.ts'
import type { Clock } from '../clock/clock.ts'
import { isNotFound } from '../errors/expected-error.ts'
import type { CommittedBatches, LedgerNames, LedgerOf } from '../ledgers/ledger.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import type { StreamCounters } from '../sources/received.ts'
import type { CalledWords, Partition, Positions, SourceOf, StreamSource } from '../sources/source.ts'
import { type CheckpointEntries, readEntries } from './entries.ts'
import { EXPIRED, type Standing, standings } from './standing.ts'

/** A step that is pending or runs on the checkpoint. */
export interface UsingStep {
  stepId: string
  clusterId: string
  state: string
}

export interface StreamFacts {
  partitions: readonly Partition[]
  positions: Positions
  createdMs: number
  retentionMs: number
  /** Records that arrived before this are gone. */
  horizonMs: number
  counters: StreamCounters
  standings: Standing[]
}

/** All that the verdicts and choices are drawn from, as it was at one moment. */
export interface CheckpointFacts {
  nowMs: number
  entries: CheckpointEntries
  /** Where the newest batch ends whose entries can be read; empty when there is none. */
  offset: SourceOffset
  /** Undefined when there is no stream. */
  stream: StreamFacts | undefined
  warehouse: CommittedBatches
  /** What the spec reads and loads now. */
  source: { name: string; words: CalledWords }
  sink: LedgerNames
  progress: QueryProgress | undefined
  step: UsingStep | undefined
  /** When the newest step before ended. */
  stepEndedMs: number | undefined
}

/** What a stream keeps that does not say it. */
const DAY_MS = 86_400_000

export interface FactsDeps {
  clock: Clock
  sourceOf: SourceOf
  ledgerOf: LedgerOf
  stepsOnCheckpoint: (context: PipelineContext, signal: AbortSignal) => Promise<{ using?: UsingStep; endedMs?: number }>
}

/** Reads checkpoint, stream, counters, batch table and steps. Reads no records. */
export async function gatherFacts(
  deps: FactsDeps,
  context: PipelineContext,
  signal: AbortSignal,
): Promise<CheckpointFacts> {
  const { clock } = deps
  const [source, ledger] = [deps.sourceOf(context), deps.ledgerOf(context)]
  const entries = await readEntries(context, signal)
  const offset = entries.standsAt
  const [stream, warehouse, progress, steps] = await Promise.all([
    streamFacts(source, clock, offset, signal),
    ledger.committed(signal),
    latestProgress(context, signal),
    deps.stepsOnCheckpoint(context, signal),
  ])
  return {
    nowMs: clock.now(),
    entries,
    offset,
    stream,
    warehouse,
    source,
    sink: ledger.names,
    progress,
    step: steps.using,
    stepEndedMs: steps.endedMs,
  }
}

/** The stream as it is, held against positions. Undefined when there is none. */
export async function streamFacts(
  source: StreamSource,
  clock: Clock,
  offset: SourceOffset,
  signal: AbortSignal,
): Promise<StreamFacts | undefined> {
  try {
    const { partitions, createdMs = clock.now(), retentionMs = DAY_MS } = await source.state(signal)
    const horizonMs = clock.now() - retentionMs
    const listed = partitions.map(({ id }) => id)
    const known = [...new Set([...listed, ...Object.keys(offset).filter(id => id !== EXPIRED)])]
    const counters = await source.counters({ since: new Date(createdMs), partitions: known, signal })
    const { positions } = source
    return {
      partitions,
      positions,
      createdMs,
      retentionMs,
      horizonMs,
      counters,
      standings: standings({ offset, partitions, positions, counters, horizonMs }),
    }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
