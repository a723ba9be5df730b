import { PutObjectCommand } from '@aws-sdk/client-s3'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import {
  type Beginning,
  CHECKPOINT_FORMAT,
  type CheckpointMetadata,
  formatCommitEntry,
  formatPlanEntry,
} from '../../../shared/job/checkpoint.ts'
import { latestProgressKey, quarantineKey } from '../../../shared/job/layout.ts'
import type { QueryProgress, SourceOffset } from '../../../shared/job/progress.ts'
import type { Clock } from '../clock/clock.ts'
import { listKeys } from '../objects/read-object.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { jobLocation } from '../query-state/job-location.ts'
import { count, plural } from '../say.ts'
import { reporter } from '../work/work.ts'
import { archiveOf, copyToArchive, removeKeys } from './archive.ts'
import type { CheckpointFacts, StreamFacts } from './facts.ts'
import type { NewBeginning } from './start-positions.ts'

/** Names the console as what wrote an entry or a progress. */
export const RUN_ID = 'console'

export interface Reset {
  from: Beginning['from']
  /** In words, for the record: `the oldest record`, `2026-11-25 14:03:00 UTC`. */
  fromText: string
  why: string
  /**
   * Greatest event time that the watermark goes on from; undefined begins without one, so that what is read again is
   * not late.
   */
  maxEventTimeMs: number | undefined
  /** What lies between where the query stands and where it begins; asked with where it stands. */
  beginning: (before: SourceOffset) => NewBeginning
}

/**
 * Archives the checkpoint and writes one that begins elsewhere: a new query id, and one empty batch that is
 * committed and ends where the query is to begin. Its id follows all that were used, so that files and rows of before
 * keep their names. Until its plan is written, which is last, the checkpoint has a commit without a plan, and no engine
 * starts on it: a kill leaves nothing that could be mistaken.
 */
export async function* resetCheckpoint(
  deps: { clock: Clock; newQueryId: () => string },
  context: PipelineContext,
  facts: ResetFacts,
  reset: Reset,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { clock } = deps
  const { entries } = facts
  const at = new Date(clock.now()).toISOString()
  const uncommitted = openBatch(facts)
  const { bucket } = jobLocation(context)

  const archive = reporter(clock, 'archive', 'Archive the checkpoint')
  yield archive('running', plural(entries.keys.length, 'entry', 'entries'))
  const quarantined = await quarantinedOf(context, uncommitted.given, signal)
  const movedTo = await archiveEntries(context, facts, { at, reset, quarantined }, signal)
  yield movedTo === null ? archive('skipped', 'there was none') : archive('done', `to s3://${bucket}/${movedTo}`)

  const begin = reporter(clock, 'begin', `Begin at ${reset.fromText}`)
  yield begin('running')
  const beginning = reset.beginning(uncommitted.loaded ?? facts.offset)
  const batchId = nextBatchId(facts)
  const metadata = metadataOf(context, facts, { id: deps.newQueryId(), at, movedTo, batchId, reset, beginning })
  await writeBeginning(context, facts, { at, batchId, reset, beginning, metadata }, signal)
  // The newest commit says where the query stands; what is older is in the other folder.
  await removeKeys(context, bucket, [
    ...entries.keys.filter(key => key !== `${entries.folder}metadata`),
    ...quarantined,
  ])
  yield begin('done', doneText(batchId, beginning, facts))
}

type ResetFacts = CheckpointFacts & { stream: StreamFacts }

/** Files in quarantine of a batch that was planned, given up and never committed. */
async function quarantinedOf(
  context: PipelineContext,
  givenUp: number | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  if (givenUp === undefined) return []
  const { prefixes, query } = jobLocation(context)
  const kinds = ['invalid', 'late'] as const
  return existing(
    context,
    kinds.map(kind => quarantineKey(prefixes, query, givenUp, kind)),
    signal,
  )
}

/** Copies what is there to a folder of the archive. Returns the folder; null when nothing was there. */
async function archiveEntries(
  context: PipelineContext,
  { entries, offset }: ResetFacts,
  { at, reset, quarantined }: { at: string; reset: Reset; quarantined: readonly string[] },
  signal: AbortSignal,
): Promise<string | null> {
  const { prefixes, query } = jobLocation(context)
  const moved = [
    ...entries.keys.map(key => ({ key, name: key.slice(entries.folder.length) })),
    ...quarantined.map(key => ({
      key,
      name: key.slice(prefixes.quarantine.length).replace(`${query}/`, 'quarantine/'),
    })),
  ]
  if (moved.length === 0) return null
  const description = {
    at,
    why: reset.why,
    from: reset.fromText,
    queryId: entries.metadata.state === 'read' ? entries.metadata.value.id : null,
    batchId: entries.newest?.batchId ?? null,
    records: recordsOf(offset),
  }
  return copyToArchive(context, archiveOf(context), moved, description, signal)
}

/** What the new checkpoint says of its query; what earlier resets skipped and read again is added up. */
function metadataOf(
  { spec }: PipelineContext,
  { entries, source, stream, sink }: ResetFacts,
  made: {
    id: string
    at: string
    movedTo: string | null
    batchId: number
    reset: Reset
    beginning: NewBeginning
  },
): CheckpointMetadata {
  const { at, reset, beginning } = made
  const earlier = entries.metadata.state === 'read' ? entries.metadata.value.sluice?.beginning : undefined
  return {
    id: made.id,
    sluice: {
      format: CHECKPOINT_FORMAT,
      madeAt: at,
      madeBy: { name: 'console' },
      pipeline: spec.id,
      query: spec.job.query,
      stream: { name: source.name, createdAt: new Date(stream.createdMs).toISOString() },
      eventKey: spec.event.key,
      sink: { kind: sink.kind, table: sink.table, mergeKey: [...sink.mergeKey] },
      beginning: {
        at,
        from: reset.from,
        why: reset.why,
        batchId: made.batchId,
        movedTo: made.movedTo,
        records: recordsOf(beginning.offset),
        skipped: beginning.skipped + (earlier?.skipped ?? 0),
        readAgain: beginning.readAgain + (earlier?.readAgain ?? 0),
        estimated: !beginning.exact || stream.counters.source.estimated || (earlier?.estimated ?? false),
        counted: beginning.counted && (earlier?.counted ?? true),
      },
    },
  }
}

/** Writes commit, metadata and, last, the plan of the empty batch; then the progress that stands there. */
async function writeBeginning(
  context: PipelineContext,
  { entries, progress }: ResetFacts,
  written: { at: string; batchId: number; reset: Reset; beginning: NewBeginning; metadata: CheckpointMetadata },
  signal: AbortSignal,
): Promise<void> {
  const { at, batchId, reset, beginning, metadata } = written
  const { bucket, prefixes, query } = jobLocation(context)
  const { offset } = beginning
  const put = (key: string, body: string, once: boolean) =>
    context.aws.s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...(once && { IfNoneMatch: '*' }) }),
      { abortSignal: signal },
    )
  await put(
    `${entries.folder}commits/${batchId}`,
    formatCommitEntry({ maxEventTimeMs: reset.maxEventTimeMs, runId: RUN_ID }),
    true,
  )
  await put(`${entries.folder}metadata`, JSON.stringify(metadata), false)
  await put(
    `${entries.folder}offsets/${batchId}`,
    formatPlanEntry({ watermarkMs: undefined, end: offset, coveredUntilMs: {}, runId: RUN_ID }),
    true,
  )
  if (progress)
    await put(
      latestProgressKey(prefixes, query),
      JSON.stringify(standing(progress, { batchId, offset, at, id: metadata.id })),
      false,
    )
}

function doneText(batchId: number, { counted, readAgain, skipped }: NewBeginning, { source }: ResetFacts): string {
  const empty = `batch ${count(batchId)} is empty and says so`
  return counted
    ? `${empty}; ${plural(readAgain, 'record')} to be read again, ${count(skipped)} skipped`
    : `${empty}; how many records that reads again or skips is not known: ` +
        `the ${source.words.partitions} have no counters of their own`
}

/**
 * A batch that was planned and not committed in the checkpoint: where it ends if the warehouse has it, its id if it was
 * given up.
 */
function openBatch({ entries, warehouse }: CheckpointFacts): { loaded?: SourceOffset; given?: number } {
  const { open } = entries
  if (!open) return {}
  const queryId = entries.metadata.state === 'read' ? entries.metadata.value.id : undefined
  const ours = warehouse.state === 'read' && warehouse.queries.find(query => query.queryId === queryId)
  if (ours && ours.newestBatchId >= open.batchId && open.plan.state === 'read') return { loaded: open.plan.value.end }
  return { given: open.batchId }
}

/** Above every id that was used: rows carry it without the query's id. */
function nextBatchId({ entries, warehouse, progress }: CheckpointFacts): number {
  const loaded = warehouse.state === 'read' ? warehouse.queries.map(query => query.newestBatchId) : []
  return Math.max(-1, ...entries.planned, ...entries.committed, ...loaded, progress?.batchId ?? -1) + 1
}

const recordsOf = (offset: SourceOffset): number =>
  Object.values(offset).reduce((sum, position) => sum + position.records, 0)

async function existing(context: PipelineContext, keys: readonly string[], signal: AbortSignal): Promise<string[]> {
  const { bucket } = jobLocation(context)
  const found = await Promise.all(
    keys.map(async key => (await listKeys(context.aws, bucket, key, signal)).includes(key)),
  )
  return keys.filter((_, index) => found[index])
}

/**
 * The newest progress, standing where the query begins now: what watches it sees the lag of the new positions, not of
 * the old ones.
 */
function standing(
  before: QueryProgress,
  at: { batchId: number; offset: SourceOffset; at: string; id: string },
): QueryProgress {
  const rates = { numInputRows: 0, inputRowsPerSecond: 0, processedRowsPerSecond: 0 }
  return {
    ...before,
    ...rates,
    id: at.id,
    runId: RUN_ID,
    timestamp: at.at,
    batchId: at.batchId,
    batchDuration: 0,
    durationMs: {},
    eventTime: {},
    sources: before.sources.map(source => ({
      ...source,
      ...rates,
      startOffset: at.offset,
      endOffset: at.offset,
      latestOffset: at.offset,
    })),
    sluice: {
      ...before.sluice,
      committedAt: at.at,
      counts: { read: 0, invalid: 0, late: 0, duplicatesInBatch: 0, staged: 0, duplicatesMatched: 0, loaded: 0 },
      partitions: {},
    },
  }
}
