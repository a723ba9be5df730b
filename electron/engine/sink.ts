import type { JobArguments } from '../../shared/job/arguments.ts'
import type { ClientSettings } from './clients.ts'

/**
 * Runs the transaction of a batch to its end. A repeated call with the same name joins the statement that runs or ran
 * under it.
 */
export interface BatchSink {
  /** Returns the rows of the last statement. @throws Error in the sink's words when it failed for good */
  commit(name: string, sqls: string[]): Promise<number[]>
}

export type OpenSink = (options: {
  args: JobArguments
  clients: ClientSettings
  runId: string
  log: (line: string) => void
}) => BatchSink
