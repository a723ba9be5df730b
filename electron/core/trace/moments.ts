import type { Moment } from '../../../shared/features/trace.ts'
import type { QueryProgress } from '../../../shared/job/progress.ts'
import type { RecordPlace } from '../ledgers/ledger.ts'
import type { CalledWords, Positions } from '../sources/source.ts'

/** What each part knows of one event; undefined is what it does not know. */
export interface Known {
  eventTime: string | undefined
  sentAt: string | undefined
  arrivedAt: string | undefined
  place: RecordPlace
  progress: QueryProgress | undefined
  /** `committed_at` of the batch table. */
  loadedAt: string | undefined
  batchTable: string
  source: { positions: Positions; words: CalledWords }
}

/**
 * The moments of an event's life that are known, in the order of their times; of one time, in the order in which they
 * follow each other.
 */
export function momentsOf(known: Known): Moment[] {
  const { eventTime, sentAt, arrivedAt, place, progress, loadedAt, batchTable } = known
  const { positions, words } = known.source
  const moment = (name: Moment['name'], at: string | undefined, source: string): Moment[] =>
    at ? [{ name, at, source }] : []
  const read = progress && whenRead(progress, place, positions)
  const engine = progress?.sluice.engine === 'spark' ? 'Spark' : 'the embedded engine'
  return [
    ...moment('event time', eventTime, 'the event'),
    ...moment('sent', sentAt, 'the simulator'),
    ...moment('arrived', arrivedAt, `${words.calls.arrived} of the stream`),
    ...(read
      ? [{ name: 'read' as const, ...read, source: `the reader of ${engine}: its ${words.calls.read} had answered` }]
      : []),
    ...moment(
      'batch began',
      progress && new Date(progress.timestamp).toISOString(),
      `the progress of ${engine}: its trigger`,
    ),
    ...moment('loaded', loadedAt, `committed_at of ${batchTable}: the warehouse wrote the batch's row`),
    ...moment(
      'batch committed',
      progress?.sluice.committedAt,
      `the progress of ${engine}: it knew the transaction to be committed`,
    ),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/**
 * When the reader had a record: at one time, or between two where several pages were reported as one. Undefined when
 * the progress says nothing of reading, as that of a version before.
 */
export function whenRead(
  progress: QueryProgress,
  { partition, offset }: RecordPlace,
  positions: Positions,
): { at: string; from?: string } | undefined {
  const span = progress.sluice.reads?.[partition]?.find(({ upTo }) => positions.covers(upTo, offset))
  if (!span) return undefined
  return span.from === span.at ? { at: span.at } : { from: span.from, at: span.at }
}
