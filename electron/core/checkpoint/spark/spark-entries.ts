import { type PlanEntry, parsePlanEntry } from '../../../../shared/job/checkpoint.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { type CheckpointEntries, readEntriesBelow } from '../entries.ts'

/**
 * A checkpoint of Spark's own, as its folder has it (StreamExecution of Spark 4.0: metadata, offsets, commits, sources,
 * state).
 */
export interface SparkCheckpoint {
  entries: CheckpointEntries
  /** Tasks that the state is kept for: folders `state/0/N`; 0 where there is no state. */
  statePartitions: number
  /** Logs that sources keep for themselves: folders `sources/N`. */
  sourceLogs: number
  /**
   * Its positions are those of another source than this package's, such as EMR's connector: they cannot be held against
   * the stream.
   */
  foreignSource: boolean
}

/** The bucket and the folder of an address, which ends with a slash. */
export function placeOf(address: string): { bucket: string; folder: string } {
  const [, bucket = '', prefix = ''] = /^s3[na]?:\/\/([^/]+)\/(.+?)\/*$/.exec(address) ?? []
  return { bucket, folder: `${prefix}/` }
}

/** Reads what decides where a query goes on. Nothing is repaired, and what is damaged says so. */
export async function readSparkCheckpoint(
  context: PipelineContext,
  address: string,
  signal: AbortSignal,
): Promise<SparkCheckpoint> {
  const { bucket, folder } = placeOf(address)
  let foreignSource = false
  const entries = await readEntriesBelow(context, bucket, folder, signal, text => {
    const { plan, foreign } = parseSparkPlan(text)
    foreignSource ||= foreign
    return plan
  })
  const count = (pattern: RegExp) =>
    new Set(entries.keys.flatMap(key => pattern.exec(key.slice(folder.length))?.[1] ?? [])).size
  return {
    entries,
    statePartitions: count(/^state\/0\/(\d+)\//),
    sourceLogs: count(/^sources\/(\d+)\//),
    foreignSource,
  }
}

/**
 * An entry of Spark's offset log (OffsetSeqLog, version v1): a line of OffsetSeqMetadata, with what the checkpoint
 * froze, and a line of JSON for each source, `-` where it has not begun. A source of another kind writes another
 * object.
 * @throws Error that says what the text lacks
 */
export function parseSparkPlan(text: string): { plan: PlanEntry; foreign: boolean } {
  const [version = '', metadata = '', ...sources] = text.trimEnd().split('\n')
  const without = { plan: parsePlanEntry([version, metadata, '{}'].join('\n')), foreign: false }
  if (without.plan.conf === undefined)
    throw new Error('its second line has no settings of Spark: it is no entry of its offset log')
  const [source] = sources
  if (source === undefined) throw new Error('it has no line for a source')
  if (source === '-') return without
  if (sources.length > 1) return { ...without, foreign: true }
  const value: unknown = JSON.parse(source)
  const ours = typeof value === 'object' && value !== null && Object.values(value).every(isPosition)
  return ours ? { plan: parsePlanEntry(text.trimEnd()), foreign: false } : { ...without, foreign: true }
}

const isPosition = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'position' in value && 'records' in value
