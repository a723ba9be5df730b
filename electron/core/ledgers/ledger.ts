import type { SinkArguments } from '../../../shared/job/arguments.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/** What a ledger is called, as a checkpoint keeps it: a table that is another one changes what its rows mean. */
export interface LedgerNames {
  kind: string
  /** Of the rows. */
  table: string
  /** Of the batches: one row each, written in the batch's own transaction. */
  batchTable: string
  /** Columns that rows are matched by. */
  mergeKey: readonly string[]
}

/** What all committed batches come to. */
export interface LedgerCounts {
  /** Rows that are there. */
  loaded: number
  duplicates: number
  /** Rows that the batches say they loaded. */
  loadedByBatches: number
  /** Rows of the records that the batches read. */
  rows: number
  /** Records of the stream that the batches read; of batches that did not count them, their rows. */
  batchRecords: number
  uncountedBatches: number
}

/** What the committed batches of one query come to. */
export interface QueryBatches {
  queryId: string
  newestBatchId: number
  batches: number
  /** Records of the stream that the batches read; of batches that did not count them, their rows. */
  readRecords: number
  /** Batches that did not count them. */
  uncountedBatches: number
  loadedRows: number
}

/** `unfit`: it cannot take a batch before `next` is done. `unknown`: it could not be asked. */
export type CommittedBatches =
  | { state: 'read'; queries: QueryBatches[] }
  | { state: 'unfit'; why: string; next: string }
  | { state: 'unknown'; why: string }

/** Where a record is in its stream. */
export interface RecordPlace {
  partition: string
  offset: string
}

/** One value for each column of the merge key, in the order of `LedgerNames.mergeKey`. */
export type KeyValues = readonly string[]

export interface LoadedRow {
  columns: { name: string; type: string }[]
  values: (string | number | boolean | null)[]
  place: RecordPlace
  batchId: number
  /** When the stream had the record, ISO 8601; undefined when the row does not say it. */
  arrivedAt: string | undefined
  /** The time in a column, ISO 8601; undefined when it is none, or in no year of four digits. */
  timeIn(column: string): string | undefined
}

/** What became of a batch's transaction; `missing`: there are no tables that it could load into. */
export type Settled = 'idle' | 'ended' | 'cancelled' | 'missing'

/** The tables that a pipeline's query loads, and which batch loaded what. Nothing here changes rows. */
export interface BatchLedger {
  readonly names: LedgerNames
  /** What a job is given to load it. */
  readonly jobArguments: SinkArguments
  /** Of the batches up to one, and which is the newest that is there; -1 when none is. */
  counts(upTo: number, signal: AbortSignal): Promise<LedgerCounts & { newestBatchId: number }>
  /** The committed batches by query. That it cannot be asked is an answer, too. */
  committed(signal: AbortSignal): Promise<CommittedBatches>
  rowByKey(key: KeyValues, signal: AbortSignal): Promise<LoadedRow | undefined>
  /** Keys of the rows whose records arrived last. */
  recentKeys(limit: number, signal: AbortSignal): Promise<KeyValues[]>
  /** Which batch loaded each record; those whose row is another record's, or that are not loaded, are left out. */
  batchesOf(places: readonly RecordPlace[], signal: AbortSignal): Promise<{ place: RecordPlace; batchId: number }[]>
  /**
   * When a batch was committed, ISO 8601, by the ledger's own clock. Without the query's id a batch is known by its
   * number alone, which another query may have used before: undefined then unless there is only one.
   */
  committedAt(batch: { batchId: number; queryId: string | undefined }, signal: AbortSignal): Promise<string | undefined>
  /** A query for the rows of a batch. */
  rowsOfBatch(batchId: number): string
  /**
   * Waits until no transaction of a batch runs any more, and cancels one that takes too long. Yields what it waits for,
   * in words. @throws when that cannot be made sure
   */
  settle(batch: { batchId: number; queryId: string }, signal: AbortSignal): AsyncGenerator<string, Settled>
}

export type LedgerOf = (context: PipelineContext) => BatchLedger
