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
import { teller } from '../work/work.ts'
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
 * Moves the checkpoint aside and writes one that begins elsewhere: a new query id, and one empty batch that is
 * committed and ends where the query is to begin. Its id follows all that were used, so that files and rows of before
 * keep their names. Until its plan is written, which is last, the checkpoint has a commit without a plan, and no engine
 * starts on it: a kill leaves nothing that could be mistaken.
 */
export async function* resetCheckpoint(
  deps: { clock: Clock; newQueryId: () => string },
  context: PipelineContext,
  facts: CheckpointFacts & { stream: StreamFacts },
  anew: Reset,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent> {
  const { clock } = deps
  const { entries } = facts
  const at = new Date(clock.now()).toISOString()
  const uncommitted = openBatch(facts)
  const before = uncommitted.loaded ?? facts.offset
  const { bucket, prefixes, query } = jobLocation(context)

  const aside = teller(clock, 'aside', 'Move the checkpoint aside')
  yield aside('running', plural(entries.keys.length, 'entry', 'entries'))
  const quarantined =
    uncommitted.given === undefined
      ? []
      : await existing(
          context,
          (['invalid', 'late'] as const).map(kind => quarantineKey(prefixes, query, uncommitted.given as number, kind)),
          signal,
        )
  const moved = [
    ...entries.keys.map(key => ({ key, name: key.slice(entries.folder.length) })),
    ...quarantined.map(key => ({
      key,
      name: key.slice(prefixes.quarantine.length).replace(`${query}/`, 'quarantine/'),
    })),
  ]
  const metadata = entries.metadata.state === 'read' ? entries.metadata.value : undefined
  const folder =
    moved.length === 0
      ? null
      : await copyToArchive(
          context,
          archiveOf(context),
          moved,
          {
            at,
            why: anew.why,
            from: anew.fromText,
            queryId: metadata?.id ?? null,
            batchId: entries.newest?.batchId ?? null,
            records: recordsOf(facts.offset),
          },
          signal,
        )
  yield folder === null ? aside('skipped', 'there was none') : aside('done', `to s3://${bucket}/${folder}`)

  const begin = teller(clock, 'begin', `Begin at ${anew.fromText}`)
  yield begin('running')
  const { offset, skipped, readAgain, exact, counted } = anew.beginning(before)
  const batchId = nextBatchId(facts)
  const earlier = metadata?.sluice?.beginning
  const written: CheckpointMetadata = {
    id: deps.newQueryId(),
    sluice: {
      format: CHECKPOINT_FORMAT,
      madeAt: at,
      madeBy: { name: 'console' },
      pipeline: context.spec.id,
      query: context.spec.job.query,
      stream: { name: facts.source.name, createdAt: new Date(facts.stream.createdMs).toISOString() },
      eventKey: context.spec.event.key,
      sink: {
        kind: facts.sink.kind,
        table: facts.sink.table,
        mergeKey: [...facts.sink.mergeKey],
      },
      beginning: {
        at,
        from: anew.from,
        why: anew.why,
        batchId,
        movedTo: folder,
        records: recordsOf(offset),
        skipped: skipped + (earlier?.skipped ?? 0),
        readAgain: readAgain + (earlier?.readAgain ?? 0),
        estimated: !exact || facts.stream.counters.source.estimated || (earlier?.estimated ?? false),
        counted: counted && (earlier?.counted ?? true),
      },
    },
  }
  const put = (key: string, body: string, once: boolean) =>
    context.aws.s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...(once && { IfNoneMatch: '*' }) }),
      {
        abortSignal: signal,
      },
    )
  await put(
    `${entries.folder}commits/${batchId}`,
    formatCommitEntry({ maxEventTimeMs: anew.maxEventTimeMs, runId: RUN_ID }),
    true,
  )
  await put(`${entries.folder}metadata`, JSON.stringify(written), false)
  await put(
    `${entries.folder}offsets/${batchId}`,
    formatPlanEntry({ watermarkMs: undefined, end: offset, coveredUntilMs: {}, runId: RUN_ID }),
    true,
  )
  if (facts.progress)
    await put(
      latestProgressKey(prefixes, query),
      JSON.stringify(standing(facts.progress, { batchId, offset, at, id: written.id })),
      false,
    )
  // The newest commit says where the query stands; what is older is in the other folder.
  await removeKeys(context, bucket, [
    ...entries.keys.filter(key => key !== `${entries.folder}metadata`),
    ...quarantined,
  ])
  yield begin(
    'done',
    counted
      ? `batch ${count(batchId)} is empty and says so; ${plural(readAgain, 'record')} to be read again, ${count(skipped)} passed over`
      : `batch ${count(batchId)} is empty and says so; how many records that reads again or passes over is not known, for the ${facts.source.words.partitions} have no counters of their own`,
  )
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
      shards: {},
    },
  }
}
