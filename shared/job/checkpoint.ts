import { z } from 'zod'
import { SourceOffset } from './progress.ts'

/*
 * The checkpoint of a streaming query in S3, as both engines read and write it. Laid out as Spark lays out its own,
 * below `checkpointPrefix` (layout.ts); every entry is text, lines separated by \n: metadata    one line of JSON,
 * `CheckpointMetadata` offsets/N   `v1`, a line of `PlanMetadata`, a line with the `SourceOffset` that batch N ends at.
 * Written before anything of N is done commits/N   `v1`, a line of `CommitMetadata`. Written when the batch is in the
 * warehouse Entries of a batch are written once (If-None-Match: *). The newest commit is where the query stands; a
 * newer plan without a commit is a batch that is done again exactly so. Batch ids only grow, also over a reset: they
 * name files and rows.
 */

/** Of what a console or an engine writes now. A reader must refuse a greater one: it cannot know what it means. */
export const CHECKPOINT_FORMAT = 1

/**
 * Where a query was reset to, by an empty batch that the console committed (offsets and commit of `batchId`). The
 * counts of the positions in it include the records that were passed over, so that they stay the partition's own count.
 */
const Beginning = z.object({
  at: z.iso.datetime(),
  from: z.enum(['oldest', 'now', 'time', 'restored']),
  why: z.string(),
  batchId: z.int().min(0),
  /** The folder that the checkpoint before was moved to, below the bucket; null when there was none. */
  movedTo: z.string().nullable(),
  /** Records behind its positions: `read by this query = records behind the newest positions - records`. */
  records: z.int().min(0),
  /** Records that no batch has read and none will, of this beginning and all before it. */
  skipped: z.int().min(0),
  /** Records that were read before and are read again, of this beginning and all before it. */
  readAgain: z.int().min(0),
  /** Whether the two are of counters whose minutes do not end where the query begins. */
  estimated: z.boolean(),
  /**
   * False when a partition had no counters: what was passed over or is read again there is not in the two, of this
   * beginning or one before it.
   */
  counted: z.boolean().default(true),
})
export type Beginning = z.infer<typeof Beginning>

/** What the positions and rows of a checkpoint are of. Written when it is made, and never after. */
const Origin = z.object({
  format: z.int().min(1),
  madeAt: z.iso.datetime(),
  /** What made it; `version` is Spark's own for Spark. */
  madeBy: z.object({ name: z.enum(['embedded', 'spark', 'console']), version: z.string().optional() }),
  pipeline: z.string(),
  query: z.string(),
  /**
   * A stream that is deleted and made again under its name has other offsets: hence its creation time, as the
   * service reports it.
   */
  stream: z.object({ name: z.string(), createdAt: z.iso.datetime() }),
  eventKey: z.array(z.string()),
  /** `table` is `schema.table`, as the spec writes them. */
  sink: z.object({ kind: z.string(), table: z.string(), mergeKey: z.array(z.string()) }),
  beginning: Beginning.optional(),
})
export type CheckpointOrigin = z.infer<typeof Origin>

/**
 * `metadata`: Spark's own member `id`, and ours. Checkpoints that were made before ours had none: all of it is unknown
 * then.
 */
export const CheckpointMetadata = z.object({ id: z.string().min(1), sluice: Origin.optional() })
export type CheckpointMetadata = z.infer<typeof CheckpointMetadata>

const Format = z.object({ sluice: z.object({ format: z.int() }).optional() })

/**
 * @throws Error that says why `metadata` cannot be used: no JSON, not of this form, or of a format from after this
 * program
 */
export function parseCheckpointMetadata(text: string): CheckpointMetadata {
  if (text === '') throw new Error('it is empty')
  const value: unknown = JSON.parse(text)
  const format = Format.safeParse(value).data?.sluice?.format ?? 0
  if (format > CHECKPOINT_FORMAT)
    throw new Error(`it is of format ${format}, and this program knows up to ${CHECKPOINT_FORMAT}`)
  return CheckpointMetadata.parse(value)
}

/**
 * `runId` names the run of the program that wrote the entry. Spark's own logs have `conf` instead, with what the
 * checkpoint froze.
 */
const PlanMetadata = z.object({
  batchWatermarkMs: z.number().nullable().default(null),
  runId: z.string().optional(),
  coveredUntilMs: z.record(z.string(), z.number()).default({}),
  conf: z.record(z.string(), z.string()).optional(),
})
const CommitMetadata = z.object({ maxEventTimeMs: z.number().nullable().default(null), runId: z.string().optional() })

export interface PlanEntry {
  watermarkMs: number | undefined
  end: SourceOffset
  /**
   * By partition, epoch ms: everything that arrived before this time is before `end`. A partition is missing when that
   * is not known.
   */
  coveredUntilMs: Readonly<Record<string, number>>
  /** What Spark froze: only in its own checkpoints. */
  conf: Readonly<Record<string, string>> | undefined
}

export function formatPlanEntry(entry: {
  watermarkMs: number | undefined
  end: SourceOffset
  coveredUntilMs: Readonly<Record<string, number>>
  runId: string
}): string {
  const { watermarkMs = null, end, coveredUntilMs, runId } = entry
  return ['v1', JSON.stringify({ batchWatermarkMs: watermarkMs, runId, coveredUntilMs }), JSON.stringify(end)].join(
    '\n',
  )
}

/** @throws Error that says what the text lacks */
export function parsePlanEntry(text: string): PlanEntry {
  const [version, metadata = '', source] = text.split('\n')
  if (version !== 'v1' || source === undefined) throw new Error(`not an offset log entry of version v1: ${begin(text)}`)
  const { batchWatermarkMs, coveredUntilMs, conf } = PlanMetadata.parse(JSON.parse(metadata))
  return {
    watermarkMs: batchWatermarkMs ?? undefined,
    end: SourceOffset.parse(JSON.parse(source)),
    coveredUntilMs,
    conf,
  }
}

export const formatCommitEntry = (entry: { maxEventTimeMs: number | undefined; runId: string }): string =>
  ['v1', JSON.stringify({ maxEventTimeMs: entry.maxEventTimeMs ?? null, runId: entry.runId })].join('\n')

/** @throws Error that says what the text lacks */
export function parseCommitEntry(text: string): { maxEventTimeMs: number | undefined } {
  const [version, metadata] = text.split('\n')
  if (version !== 'v1' || metadata === undefined)
    throw new Error(`not a commit log entry of version v1: ${begin(text)}`)
  return { maxEventTimeMs: CommitMetadata.parse(JSON.parse(metadata)).maxEventTimeMs ?? undefined }
}

const begin = (text: string): string => (text === '' ? 'it is empty' : JSON.stringify(text.slice(0, 60)))
