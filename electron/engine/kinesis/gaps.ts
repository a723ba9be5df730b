import type { RetentionGap } from '../../../shared/job/progress.ts'

/*
 * Retention gaps: records that expired before they were read. Kinesis does not report them: an iterator of a record
 * that expired is given without an error, and reading goes on with whatever is there next. So reading on begins AT the
 * last record that was read. While that is there, nothing after it can have expired. When it is gone, records after it
 * may be, too; not so when everything that arrived before a time which retention still covers is known to have been
 * read (`coveredUntilMs`): then there was only silence. How many expired is not known.
 */

/** So close to retention a reader makes sure, page by page, that the record it goes on from is still there. */
export const NEAR_RETENTION_MS = 120_000

/** Whether all that expired until now had been read. */
export const isCovered = (coveredUntilMs: number | undefined, retentionMs: number, nowMs: number): boolean =>
  coveredUntilMs !== undefined && coveredUntilMs >= nowMs - retentionMs

/** Whether records that are not yet read are about to expire. */
export const isNearRetention = (coveredUntilMs: number | undefined, retentionMs: number, nowMs: number): boolean =>
  coveredUntilMs !== undefined && coveredUntilMs < nowMs - retentionMs + NEAR_RETENTION_MS

/** A gap in one line, for a log. */
export function gapMessage(gap: RetentionGap): string {
  const what = gap.partitionGone ? 'The shard expired' : 'Records expired'
  const then = gap.firstOffset === null ? 'nothing was left' : `reading went on with ${gap.firstOffset}`
  return (
    `${what} before they were read: ${gap.partitionId} behind ${gap.position}, what arrived between ` +
    `${gap.from ?? 'an unknown time'} and ${gap.until}; how many is not known; ${then}. Retention is too short for ` +
    'this lag: raise it, or add shards.'
  )
}
