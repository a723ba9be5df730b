import type { JobArguments } from '../../shared/job/arguments.ts'
import type { QueryProgress, ReadSpan, RetentionGap, SourceOffset } from '../../shared/job/progress.ts'
import type { Times } from '../../shared/time/times.ts'
import type { ClientSettings } from './clients.ts'

/** A record as it was read. */
export interface StreamRecord {
  partitionId: string
  offset: string
  partitionKey: string
  arrivedMs: number
  /** When the source had answered with it. */
  readAtMs: number
  data: Uint8Array
}

/** What came out of records of the stream. */
export interface UserRecords {
  /** As their producers made them: more, or fewer, than the stream counts when producers aggregate. */
  records: StreamRecord[]
  /** How many records of the stream they came in. */
  sourceRecords: number
  /** Of these, aggregates with a hash key that does not belong to their partition. */
  misplaced: number
  /** When they were read, by partition. */
  reads: Record<string, ReadSpan[]>
}

/**
 * The records of a batch, as their producers made them, and the positions before and behind them, which count records
 * of the stream.
 */
export interface PlannedRead extends UserRecords {
  start: SourceOffset
  end: SourceOffset
  /**
   * By partition, epoch ms: everything that arrived before this time is before `end`. A partition is missing when that
   * is not known.
   */
  coveredUntilMs: Readonly<Record<string, number>>
  /** Nothing came, and no partition ended or joined. */
  isEmpty: boolean
  /** Records that may have expired unread, found since the last plan that was not empty. */
  gaps: RetentionGap[]
}

/** Reads a stream partition by partition, ahead of the batches. */
export interface StreamReader {
  /**
   * Begins at an offset; none yet means the query's starting position. What the plan that ended there said of
   * `coveredUntilMs` distinguishes silence from records that expired while the query did not run.
   */
  begin(
    offset: SourceOffset | undefined,
    from: JobArguments['startingPosition'],
    coveredUntilMs?: Readonly<Record<string, number>>,
  ): Promise<SourceOffset>
  /**
   * What is there for the next batch; its end is where the reader then stands. Empty when nothing came and no partition
   * ended.
   */
  plan(maxRecords: number): Promise<PlannedRead>
  /** Reads exactly the records between two recorded offsets again. @throws Error when some are gone */
  replay(start: SourceOffset, end: SourceOffset): Promise<UserRecords>
  /**
   * What the source last said of each partition that is read, and what of it is read and behind an offset: that of a
   * plan, or of the one before.
   */
  seen(end: SourceOffset): QueryProgress['sluice']['partitions']
  /** Resolves when records arrived since the last plan, or after `ms`. */
  waitForRecords(ms: number, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** The stream that a job reads, whatever keeps it. */
export interface JobSource {
  /** As progress names it: `Kinesis[readings]`. */
  readonly description: string
  /** The stream as a new checkpoint keeps it. */
  origin(): Promise<{ name: string; createdAt: string }>
  read(): StreamReader
}

export type OpenSource = (
  options: { args: JobArguments; clients: ClientSettings; log: (line: string) => void } & Times,
) => JobSource
