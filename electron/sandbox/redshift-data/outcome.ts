import type { DuckDBConnection } from '@duckdb/node-api'
import { DamagedState } from '../../../shared/state/damage.ts'
import type { LoadError } from './copy/load-error.ts'
import { quoteText } from './dialect/tokens.ts'
import type { StatementLog, StatementRecord } from './statement-log.ts'
import { OUTCOME_MINUTES, type Warehouse } from './warehouse.ts'

const INTERRUPTED = 'ERROR: the sandbox was stopped while the statement ran; what it had not committed was rolled back'
const time = (ms: number) => `make_timestamp(${Math.round(ms * 1000)})`
const text = (value: string | undefined) => (value === undefined ? 'null' : quoteText(value))

/**
 * Writes what came of a statement in the transaction of what it did: after a kill, the two cannot disagree. Reads leave
 * no outcome: whether they finished before a kill changes nothing. `isLast`: whether nothing of the statement follows
 * this transaction.
 */
export async function writeOutcome(
  connection: DuckDBConnection,
  record: StatementRecord,
  nowMs: number,
  isLast: boolean,
): Promise<void> {
  if (record.subs.every(sub => sub.hasResultSet)) return
  const ended = isLast ? { status: 'FINISHED' } : { status: 'FAILED', error: INTERRUPTED }
  const failed = record.subs.find(sub => sub.error !== undefined)
  const outcome = JSON.stringify({ ...record, ...ended, ...(failed && { status: 'FAILED', error: failed.error }) })
  if (!isLast || failed)
    await connection.run(`delete from sluice_sandbox.outcomes where statement_id = ${quoteText(record.id)}`)
  await connection.run(
    `insert into sluice_sandbox.outcomes values (${quoteText(record.id)}, ${quoteText(outcome)}, ${time(nowMs)})`,
  )
}

/**
 * The rows of the system tables for a statement that ended: its history, and the bad lines of its COPY. Times are epoch
 * ms.
 */
export function historySql(
  record: StatementRecord,
  errors: readonly LoadError[],
  startedMs: number,
  endedMs: number,
  failure: string | undefined,
): string[] {
  const table = text(/COPY\s+(\S+)/i.exec(record.sqls.join(' '))?.[1])
  const lines = errors.map(
    error =>
      `(${record.number}, ${table}, ${time(startedMs)}, ${text(error.file)}, ${error.line}, ` +
      `${text(error.column)}, ${text(error.type)}, '', 0, ${text(error.rawLine)}, ${text(error.rawValue)}, ` +
      `${error.code}, ${text(error.reason)})`,
  )
  const history =
    `insert into sluice_sandbox.query_history values (${record.number}, ${text(record.id)}, ` +
    `${text(record.sqls.join(';\n').slice(0, 4000))}, ${text(failure === undefined ? 'success' : 'failed')}, ` +
    `${text(failure)}, ${time(startedMs)}, ${time(endedMs)}, ${record.subs.at(-1)?.rows ?? 0})`
  return [
    ...(lines.length > 0 ? [`insert into sluice_sandbox.load_errors values ${lines.join(', ')}`] : []),
    ...(record.subs.every(sub => sub.hasResultSet) ? [] : [history]),
  ]
}

/**
 * Whether the database has what the log of statements says was committed. DuckDB cuts off what it takes for a write
 * that a kill ended: where the end of its log is lost, commits that were answered are lost with it, and nothing else
 * says so.
 * @throws DamagedState
 */
export async function checkCommitted(warehouse: Warehouse, log: StatementLog, file: string): Promise<void> {
  const committed = log.list().filter(changedSomething)
  const newestMs = Math.max(...committed.map(record => record.updatedMs))
  const recent = committed.filter(record => record.updatedMs > newestMs - (OUTCOME_MINUTES / 2) * 60_000)
  if (recent.length === 0) return
  const connection = await warehouse.connect()
  const found = await connection.runAndReadAll('select statement_id from sluice_sandbox.outcomes')
  const known = new Set(found.getRows().map(([id]) => String(id)))
  const missing = recent.filter(record => !known.has(record.id))
  if (log.wasPlain) {
    for (const record of missing)
      await connection.run(
        `insert into sluice_sandbox.outcomes values (${text(record.id)}, '{}', ${time(record.updatedMs)})`,
      )
    missing.length = 0
  }
  connection.closeSync()
  if (missing.length === 0) return
  const what = `${missing.length} statements that were committed are not in it`
  const damage = { file, what, lost: 'what these statements wrote; without it the rest of the warehouse is there' }
  if (!warehouse.care.repairs) throw new DamagedState(damage)
  warehouse.care.notice({
    kind: 'damage',
    state: 'bad',
    title: `${file} is damaged: ${what}`,
    detail: `Lost: ${damage.lost}.`,
  })
  // So that this is said once.
  for (const record of missing) log.save(record, { status: 'FAILED', error: LOST })
}

const LOST = 'ERROR: what the statement had committed was lost when the database file was damaged'

/**
 * Whether a statement left an outcome: all that are no reads, outside of a session, whose transaction may have gone on.
 */
const changedSomething = (record: StatementRecord): boolean =>
  record.status === 'FINISHED' && record.sessionId === undefined && !record.subs.every(sub => sub.hasResultSet)

/** After a restart: what ran at the kill is finished if its outcome was committed, and failed otherwise. */
export async function settleInterrupted(warehouse: Warehouse, log: StatementLog): Promise<void> {
  const open = log.list().filter(record => !['FINISHED', 'FAILED', 'ABORTED'].includes(record.status))
  if (open.length === 0) return
  const connection = await warehouse.connect()
  const ids = open.map(record => quoteText(record.id)).join(', ')
  const found = await connection.runAndReadAll(
    `select statement_id, outcome from sluice_sandbox.outcomes where statement_id in (${ids})`,
  )
  connection.closeSync()
  const outcomes = new Map(found.getRowsJson().map(([id, outcome]) => [String(id), String(outcome)]))
  for (const record of open) {
    const outcome = outcomes.get(record.id)
    const ended = outcome ? JSON.parse(outcome) : { status: 'FAILED', error: INTERRUPTED }
    log.save(record, { ...ended, updatedMs: Math.max(warehouse.now(), record.updatedMs) })
  }
}
