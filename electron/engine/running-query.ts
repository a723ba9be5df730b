import type { S3Client } from '@aws-sdk/client-s3'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { JobArguments } from '../../shared/job/arguments.ts'
import type { JobPlan } from '../../shared/job/plan.ts'
import type { Checkpoint } from './checkpoint/checkpoint.ts'
import type { ClientSettings } from './clients.ts'
import type { BatchSink } from './sink.ts'
import type { JobSource, StreamReader } from './source.ts'

/** What a query is given from outside. */
export interface QueryOptions {
  plan: JobPlan
  args: JobArguments
  clients: ClientSettings
  s3: S3Client
  runId: string
  newQueryId: () => string
  /** Wall time, for what is reported; and for intervals (shared/time/times.ts). */
  now: () => number
  monotonic: () => number
  log: (line: string) => void
  /** Ends the query after the batch that runs. */
  stop: AbortSignal
}

/** A query while it runs: what it was given, and what it opened. */
export interface RunningQuery extends QueryOptions {
  checkpoint: Checkpoint
  source: JobSource
  reader: StreamReader
  sink: BatchSink
  duckdb: DuckDBConnection
  queryId: string
  /** For files on their way to S3. */
  folder: string
}
