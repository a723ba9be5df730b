import type { DuckDBConnection } from '@duckdb/node-api'
import type { LoadError } from './copy/load-error.ts'
import { RedshiftError } from './dialect/statement.ts'
import { errorText } from './error-text.ts'
import { historySql } from './outcome.ts'
import { runTransactions } from './run-transactions.ts'
import { enterSlot, leaveSlot, notBefore, type RunningStatement } from './running-statement.ts'
import { lockOwner, noBlock, type Session } from './sessions.ts'
import type { StatementLog, StatementRecord, SubStatement } from './statement-log.ts'
import type { Warehouse } from './warehouse.ts'

export interface Execution {
  /** Stops what runs or waits; the statement ends as ABORTED. */
  cancel(): void
  /** Never rejects: what fails becomes the statement's error. */
  ended: Promise<void>
}

const CANCELLED = "Query cancelled on user's request"

/**
 * Runs a statement or a batch: on the connection of its session, or on one of its own. No status is reported before it
 * is on disk.
 */
export function execute(
  warehouse: Warehouse,
  log: StatementLog,
  record: StatementRecord,
  session: Session | undefined,
): Execution {
  const cancelling = new AbortController()
  const block = session?.block ?? noBlock()
  const { signal } = cancelling
  return {
    cancel: () => cancelling.abort(new RedshiftError(CANCELLED, '57014')),
    ended: run({ warehouse, log, record, session, block, owner: lockOwner(record), signal, hasSlot: false }),
  }
}

async function run(running: RunningStatement): Promise<void> {
  try {
    await enterSlot(running)
    await runOnConnection(running)
  } catch (error) {
    endStatement(
      running,
      running.signal.aborted ? 'ABORTED' : 'FAILED',
      errorText(running.signal.aborted ? running.signal.reason : error),
    )
  } finally {
    leaveSlot(running)
  }
}

async function runOnConnection(running: RunningStatement): Promise<void> {
  const startedMs = notBefore(running, running.record.createdMs)
  running.record.status = 'PICKED'
  const connection = running.session?.connection ?? (await running.warehouse.connect())
  if (running.session) running.session.connection = connection
  running.record.status = 'STARTED'
  running.record.updatedMs = startedMs
  const errors: LoadError[] = []
  try {
    const failure = await runTransactions(running, connection, errors)
    // In an open transaction its rows would be undone with it, and a statement that was lost would be reported as a
    // success.
    if (running.block.state !== 'open') await writeHistory(running, connection, errors, startedMs, failure)
    if (failure === undefined) endStatement(running, 'FINISHED', undefined)
    else endStatement(running, running.signal.aborted ? 'ABORTED' : 'FAILED', failure)
  } finally {
    if (!running.session) connection.closeSync()
  }
}

function endStatement(
  running: RunningStatement,
  status: 'FINISHED' | 'FAILED' | 'ABORTED',
  error: string | undefined,
): void {
  const open = (sub: SubStatement) => sub.status === 'SUBMITTED' || sub.status === 'STARTED'
  const changes: Partial<StatementRecord> = {
    status,
    error,
    subs: running.record.subs.map(sub => (open(sub) ? { ...sub, status: 'ABORTED' } : sub)),
    durationNs: running.record.subs.reduce((sum, sub) => sum + sub.durationNs, 0),
    updatedMs: notBefore(running, ...running.record.subs.map(sub => sub.updatedMs), running.record.updatedMs),
  }
  try {
    running.log.save(running.record, changes)
  } catch (failure) {
    // What it did cannot be undone any more, so its true end is reported; a restart finds the same in the outcomes.
    Object.assign(running.record, changes)
    running.warehouse.log(`redshift-data: the end of statement ${running.record.id} was not written: ${failure}`)
  }
}

/**
 * The query history, and the bad lines of a COPY, which must outlive its rollback. Reads are not recorded. That it
 * cannot be written changes nothing about the statement.
 */
async function writeHistory(
  running: RunningStatement,
  connection: DuckDBConnection,
  errors: readonly LoadError[],
  startedMs: number,
  failure: string | undefined,
): Promise<void> {
  try {
    for (const sql of historySql(running.record, errors, startedMs, notBefore(running, startedMs), failure))
      await connection.run(sql)
  } catch (error) {
    running.warehouse.log(`redshift-data: the history of statement ${running.record.id}: ${error}`)
  }
}
