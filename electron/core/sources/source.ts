import type { IteratorAge } from '../../../shared/features/other-consumer.ts'
import type { SourceArguments } from '../../../shared/job/arguments.ts'
import type { SourceWords } from '../../../shared/pipelines/source-words.ts'
import type { Priced } from '../../../shared/pricing.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { Received, StreamCounters } from './received.ts'

declare const opaque: unique symbol
/** Where a reader stands in one partition. What it says only its source knows: others keep it and hand it back. */
export type Position = string & { readonly [opaque]: 'position' }
/** Where the next page of an open read begins. It expires; what expires when is the source's. */
export type Cursor = string & { readonly [opaque]: 'cursor' }

/** Reads and writes the positions that checkpoints and progress hold as text. */
export interface Positions {
  /** @throws Error when the text is no position of this source */
  parse(text: string): Position
  format(position: Position): string
  /** Whether a text is the number of a record, as it has in its partition. */
  isOffset(text: string): boolean
  /** Before the oldest record that is there. */
  readonly oldest: Position
  /** Behind the last record of a partition that takes no more. */
  readonly end: Position
  /** Before the first record that arrived at a time or later. */
  at(ms: number): Position
  /** Whether a reader that has read a partition up to one offset has read the record of another. */
  covers(upTo: string, offset: string): boolean
}

/** One partition of a stream, in whatever word its source has for it. */
export interface Partition {
  id: string
  /** Those that it came of, by a split or a merge; none where a source does not split partitions. */
  parents: readonly string[]
  /** It takes records. */
  open: boolean
  /** Its share of all keys, 0 to 1, and the range in words; only where keys are assigned by ranges. */
  keys?: { share: number; range: string }
}

export interface StreamState {
  /** The address by which the service knows it (ARN). */
  address: string
  status: string
  /** It can be changed and read. */
  isReady: boolean
  mode: string
  createdMs: number | undefined
  retentionMs: number | undefined
  /** Open and closed, as long as their records are kept. */
  partitions: readonly Partition[]
}

/** The stream as it is, since when it counts, and what it received. */
export interface StreamSnapshot extends StreamState {
  since: Date
  counters: StreamCounters
  /** The count of each partition; one whose count nobody keeps is left out. */
  received: ReadonlyMap<string, Received>
}

export interface StoredRecord {
  /** Its number in its partition, as text. */
  offset: string
  key: string
  data: Uint8Array
  arrivedMs: number | undefined
}

export interface RecordPage {
  records: StoredRecord[]
  /** Undefined at the end of a partition that takes no more. */
  next: Cursor | undefined
  /** How far the page is behind the newest record. */
  behindMs: number
}

export type ReadFrom =
  | { kind: 'newest' }
  | { kind: 'position'; position: Position }
  /** A record by its own offset, and behind one. */
  | { kind: 'at' | 'after'; offset: string }

/** What became of one record of a request: where it is, or why it was refused. */
export type PutOutcome =
  | { partition: string; offset: string }
  /** `isInternal`: the service failed by itself, so that the record may be sent for as long as it takes. */
  | { refused: string | undefined; isInternal: boolean }

/** Reads that the source refused because readers asked for more than it gives, in so many minutes up to now. */
export interface ThrottledReads {
  calls: number
  minutes: number
  /** Who counted them. */
  countedBy: string
}

/** What one partition gives to all its readers together. */
export interface ReadLimits {
  bytesPerSecond: number
  readsPerSecond: number
  recordsPerRead: number
  /** Where the figures are from. */
  statedBy: string
}

/** What the source's users call its parts, and which of its calls say what. */
export interface CalledWords extends SourceWords {
  calls: { state: string; partitions: string; retention: string; arrived: string; read: string }
}

/** A stream that a pipeline reads, whatever keeps it. Nothing is read of it unless `open` or `read` is called. */
export interface StreamSource {
  readonly name: string
  readonly words: CalledWords
  readonly limits: ReadLimits
  /** What one partition takes; undefined where nothing limits it. */
  readonly writeLimits: { recordsPerSecond: number; bytesPerSecond: number } | undefined
  readonly positions: Positions
  /** What one partition is paid as by the hour; undefined where none is. */
  readonly pricedAs?: Priced
  /** What a job is given to read it. */
  readonly jobArguments: SourceArguments
  /** As it is now, for a caller that waits for its own change. @throws an error that `isNotFound` knows without one */
  state(signal?: AbortSignal): Promise<StreamState>
  /** As it is, shared by all who ask at one moment. */
  snapshot(signal: AbortSignal): Promise<StreamSnapshot>
  counters(request: { since: Date; partitions: readonly string[]; signal?: AbortSignal }): Promise<StreamCounters>
  /** The partitions that took records at a time within the retention. */
  openAt(ms: number, signal: AbortSignal): Promise<ReadonlySet<string>>
  open(partition: string, from: ReadFrom, signal: AbortSignal): Promise<Cursor>
  /** One request, never repeated: the caller spaces them. @throws ExpectedError `conflict` for an expired cursor */
  read(cursor: Cursor, limit: number | undefined, signal: AbortSignal): Promise<RecordPage>
  /** The record with this very offset; undefined when the stream does not hold it any more. */
  recordAt(partition: string, offset: string, signal: AbortSignal): Promise<StoredRecord | undefined>
  /** The records that a producer put together into one; undefined of a record that is none of these. */
  unpack(data: Uint8Array): Uint8Array[] | undefined
  /** One request, never repeated; an answer for each record, in their order. */
  put(records: readonly { key: string; data: Uint8Array }[], signal: AbortSignal): Promise<PutOutcome[]>
  /** Changes how many partitions are open; only of a source that can, while it is read. */
  repartition?: {
    /** To how many in one step, from so many that are open. */
    bounds(open: number): { least: number; most: number }
    begin(count: number, signal: AbortSignal): Promise<void>
  }
  throttledReads(signal?: AbortSignal): Promise<ThrottledReads>
  /** The age of what readers of any program read last; only of a source that knows it. */
  readerAges?(signal: AbortSignal): Promise<IteratorAge>
}

/** The words alone, as contracts have them. */
export const wordsOf = ({ calls: _, ...words }: CalledWords): SourceWords => words

export type SourceOf = (context: PipelineContext) => StreamSource
