import type { QueryProgress, SourceOffset } from '../../../shared/job/progress.ts'
import type { Arrived } from '../sources/received.ts'

interface InStreamInputs {
  /** Received less what is in committed batches. */
  notRead: number
  /** Where the newest committed batch ends. */
  committed: SourceOffset | undefined
  /** As it was after the stream was counted. */
  progress: QueryProgress | undefined
  /** What the stream received, by period, oldest first. */
  arrivals: readonly Arrived[]
  retentionMs: number
  nowMs: number
}

/**
 * How many of the records that were not read are on their way to a batch. Not those that nobody will read any more:
 * older than the retention, or from before the reader saw the tip of every partition with nothing in its hands (to a
 * period of the counts, a minute mostly). The ledger shows these as a difference.
 */
export function inStream({ notRead, committed, progress, arrivals, retentionMs, nowMs }: InStreamInputs): {
  records: number
  oldestMs: number | null
} {
  const tipMs = sawTipAt(progress, committed) ?? Number.NEGATIVE_INFINITY
  const sinceMs = Math.max(tipMs, nowMs - retentionMs)
  const mayBeRead = arrivals.reduce(
    (sum, entry) => sum + (entry.atMs + entry.lengthMs > sinceMs ? entry.records : 0),
    0,
  )
  const records = Math.max(0, Math.min(notRead, mayBeRead))
  if (records === 0) return { records, oldestMs: null }
  const ages = [byArrivals(records, arrivals, nowMs), byReader(progress, nowMs)].filter(age => age !== undefined)
  return { records, oldestMs: ages.length > 0 ? Math.max(0, Math.min(...ages)) : null }
}

/** Until when the reader had everything of every partition in a committed batch; undefined when it does not say so. */
function sawTipAt(progress: QueryProgress | undefined, committed: SourceOffset | undefined): number | undefined {
  const readers = Object.values(progress?.sluice.partitions ?? {})
  const isOfCommitted = recordsOf(progress?.sources[0]?.endOffset) === recordsOf(committed)
  if (!isOfCommitted || readers.length === 0) return undefined
  if (readers.some(reader => reader.millisBehindLatest > 0 || reader.oldestWaitingAt !== null)) return undefined
  return Math.min(...readers.map(reader => Date.parse(reader.readAt)))
}

const recordsOf = (offset: SourceOffset | undefined): number =>
  Object.values(offset ?? {}).reduce((sum, position) => sum + position.records, 0)

/** The age of the beginning of the period in which the oldest of the newest `records` arrived. */
function byArrivals(records: number, arrivals: readonly Arrived[], nowMs: number): number | undefined {
  let left = records
  const oldest = arrivals.findLast(entry => {
    left -= entry.records
    return left <= 0
  })
  return oldest && nowMs - oldest.atMs
}

/** How old the oldest record not committed is by what the reader holds, and will read next, of each partition. */
function byReader(progress: QueryProgress | undefined, nowMs: number): number | undefined {
  const ages = Object.values(progress?.sluice.partitions ?? {}).map(
    ({ oldestWaitingAt, readAt, millisBehindLatest }) =>
      oldestWaitingAt === undefined
        ? undefined
        : nowMs - (oldestWaitingAt === null ? Date.parse(readAt) - millisBehindLatest : Date.parse(oldestWaitingAt)),
  )
  return ages.length === 0 || ages.includes(undefined) ? undefined : Math.max(...(ages as number[]))
}
