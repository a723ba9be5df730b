import type { DuckDBConnection } from '@duckdb/node-api'
import { type LoadError, LoadFailed } from './copy/load-error.ts'
import { runCopy } from './copy/run-copy.ts'
import { createLike } from './create-like.ts'
import { bindParameters } from './dialect/parameters.ts'
import { RedshiftError, type Statement } from './dialect/statement.ts'
import { quoteText } from './dialect/tokens.ts'
import { translate } from './dialect/translate.ts'
import { errorText } from './error-text.ts'
import { type StoredResult, storeResult } from './result.ts'
import { runChanges } from './run-changes.ts'
import { runUnload } from './run-unload.ts'
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
 * Runs a statement, or a batch in one transaction, on a connection of its own. What came of it is written in the same transaction as what it
 * did: after a kill, the two cannot disagree. No status is told before it is on disk.
 */
export function execute(warehouse: Warehouse, log: StatementLog, record: StatementRecord): Execution {
  const cancelling = new AbortController()
  const { signal } = cancelling
  return {
    cancel: () => cancelling.abort(new RedshiftError(CANCELLED, '57014')),
    ended: run(),
  }

  async function run(): Promise<void> {
    try {
      await warehouse.slots.enter(signal)
    } catch (error) {
      end('ABORTED', errorText(error))
      return
    }
    try {
      await runOnConnection()
    } catch (error) {
      end('FAILED', errorText(error))
    } finally {
      warehouse.slots.leave()
    }
  }

  async function runOnConnection(): Promise<void> {
    const startedMs = warehouse.now()
    record.status = 'STARTED'
    record.updatedMs = startedMs
    const connection = await warehouse.connect()
    const errors: LoadError[] = []
    try {
      const failure = await runTransaction(connection, errors)
      await remember(connection, errors, startedMs, failure)
      if (failure === undefined) end('FINISHED', undefined)
      else end(signal.aborted ? 'ABORTED' : 'FAILED', failure)
    } finally {
      connection.closeSync()
    }
  }

  /** Returns why it failed, in Redshift's words; undefined when it is committed. */
  async function runTransaction(connection: DuckDBConnection, errors: LoadError[]): Promise<string | undefined> {
    try {
      await connection.run('begin')
      await interruptible(connection, signal, async () => {
        for (const [index, sub] of record.subs.entries()) {
          signal.throwIfAborted()
          await runSub(connection, sub, index, errors)
        }
      })
      await writeOutcome(connection)
      await connection.run('commit')
      return undefined
    } catch (error) {
      await rollback(connection)
      if (error instanceof LoadFailed) errors.push(...error.errors)
      return errorText(signal.aborted ? signal.reason : error)
    } finally {
      warehouse.locks.release(record.id)
    }
  }

  async function runSub(on: DuckDBConnection, sub: SubStatement, index: number, errors: LoadError[]): Promise<void> {
    const startedMs = performance.now()
    sub.status = 'STARTED'
    try {
      const statements = translate(bindParameters(sub.sql, record.parameters))
      if (statements.length !== 1) {
        throw new RedshiftError(
          statements.length === 0
            ? 'The statement is empty'
            : 'Multiple statements are not allowed in one SQL: use BatchExecuteStatement',
          '42601',
        )
      }
      const { rows, result, hasResultSet } = await runStatement(on, statements[0] as Statement, index, errors)
      Object.assign(sub, { rows, result, hasResultSet, status: 'FINISHED' })
    } catch (error) {
      Object.assign(sub, { status: signal.aborted ? 'ABORTED' : 'FAILED', error: errorText(error) })
      throw error
    } finally {
      sub.durationNs = Math.round((performance.now() - startedMs) * 1e6)
      sub.updatedMs = warehouse.now()
    }
  }

  async function runStatement(
    on: DuckDBConnection,
    statement: Statement,
    index: number,
    errors: LoadError[],
  ): Promise<{ rows: number; hasResultSet: boolean; result?: StoredResult }> {
    const plain = (rows: number) => ({ rows, hasResultSet: false })
    switch (statement.kind) {
      case 'accepted':
      case 'transaction':
        return plain(-1)
      case 'lock':
        for (const table of [...statement.tables].sort()) await warehouse.locks.acquire(table, record.id, signal)
        // What was committed while it waited must be seen: the transaction begins anew if it has not changed anything yet.
        if (index === 0) await on.run('commit; begin')
        return plain(-1)
      case 'like':
        await createLike(on, statement)
        return plain(-1)
      case 'copy': {
        const loaded = await runCopy(warehouse, on, statement.copy)
        errors.push(...loaded.errors)
        return plain(loaded.rows)
      }
      case 'unload':
        return plain(await runUnload(warehouse, on, statement.unload))
      case 'refresh': {
        const found = await on.runAndReadAll(
          `select query from sluice_sandbox.materialized_views where name = ${quoteText(statement.view)}`,
        )
        const sql = found.getRowsJson()[0]?.[0]
        if (typeof sql !== 'string') throw new RedshiftError(`materialized view "${statement.view}" does not exist`, '42P01')
        await on.run(`delete from ${statement.table}`)
        await on.run(`insert into ${statement.table} ${sql}`)
        return plain(-1)
      }
      case 'sql': {
        const rows = await runChanges(on, statement)
        if (!statement.hasResultSet) return plain(rows)
        const result = await storeResult(await on.stream(statement.sql.at(-1) ?? ''), log.resultFile(record.id, index))
        return { rows: result.rows, hasResultSet: true, result }
      }
    }
  }

  /** Reads leave no outcome in the warehouse: whether they finished before a kill changes nothing. */
  async function writeOutcome(on: DuckDBConnection): Promise<void> {
    if (record.subs.every(sub => sub.hasResultSet)) return
    const outcome = JSON.stringify({ ...record, status: 'FINISHED', subs: record.subs })
    await on.run(
      `insert into sluice_sandbox.outcomes values (${quoteText(record.id)}, ${quoteText(outcome)}, cast(now() at time zone 'UTC' as timestamp))`,
    )
  }

  /** Nothing may come between the status and its line in the log: whoever reads the one must find the other after a kill. */
  function end(status: 'FINISHED' | 'FAILED' | 'ABORTED', error: string | undefined): void {
    record.status = status
    if (error !== undefined) record.error = error
    for (const sub of record.subs) if (status !== 'FINISHED' && sub.status === 'SUBMITTED') sub.status = 'ABORTED'
    record.durationNs = record.subs.reduce((sum, sub) => sum + sub.durationNs, 0)
    record.updatedMs = warehouse.now()
    try {
      log.save(record)
    } catch (failure) {
      Object.assign(record, {
        status: 'FAILED',
        error: `ERROR: the sandbox could not write the end of the statement: ${failure}`,
      })
      warehouse.log(`redshift-data: statement ${record.id}: ${failure}`)
    }
  }

  /**
   * The query history, and the bad lines of a COPY, which must outlive its rollback. Reads are not remembered. That it cannot be written
   * changes nothing about the statement.
   */
  async function remember(
    on: DuckDBConnection,
    errors: readonly LoadError[],
    startedMs: number,
    failure: string | undefined,
  ): Promise<void> {
    try {
      for (const sql of historySql(record, errors, startedMs, warehouse.now(), failure)) await on.run(sql)
    } catch (error) {
      warehouse.log(`redshift-data: the history of statement ${record.id}: ${error}`)
    }
  }
}

/** The rows of the system tables for a statement that ended. Times are epoch ms. */
function historySql(
  record: StatementRecord,
  errors: readonly LoadError[],
  startedMs: number,
  endedMs: number,
  failure: string | undefined,
): string[] {
  const time = (ms: number) => `make_timestamp(${Math.round(ms * 1000)})`
  const text = (value: string | undefined) => (value === undefined ? 'null' : quoteText(value))
  const lines = errors.map(
    error =>
      `(${record.number}, ${text(/COPY\s+(\S+)/i.exec(record.sqls.join(' '))?.[1])}, ${time(startedMs)}, ${text(error.file)}, ${error.line}, ${text(error.column)}, ${text(error.type)}, '', 0, ${text(error.rawLine)}, ${text(error.rawValue)}, ${error.code}, ${text(error.reason)})`,
  )
  const history = `insert into sluice_sandbox.query_history values (${record.number}, ${text(record.id)}, ${text(record.sqls.join(';\n').slice(0, 4000))}, ${text(failure === undefined ? 'success' : 'failed')}, ${text(failure)}, ${time(startedMs)}, ${time(endedMs)}, ${record.subs.at(-1)?.rows ?? 0})`
  return [
    ...(lines.length > 0 ? [`insert into sluice_sandbox.load_errors values ${lines.join(', ')}`] : []),
    ...(record.subs.every(sub => sub.hasResultSet) ? [] : [history]),
  ]
}

const INTERRUPT_EVERY_MS = 20

/** An interrupt reaches only what runs at that moment, and a statement is made of several: so it is sent until the work has ended. */
async function interruptible(connection: DuckDBConnection, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const begin = () => {
    connection.interrupt()
    timer = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS)
  }
  signal.addEventListener('abort', begin, { once: true })
  try {
    await work()
  } finally {
    signal.removeEventListener('abort', begin)
    clearInterval(timer)
  }
}

/** A transaction that DuckDB has ended by itself has nothing to roll back. */
async function rollback(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('rollback')
  } catch (error) {
    if (!/no transaction is active/i.test(String(error))) throw error
  }
}

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
    if (outcome) Object.assign(record, JSON.parse(outcome))
    else
      Object.assign(record, {
        status: 'FAILED',
        error: 'ERROR: the sandbox was stopped while the statement ran; it was rolled back',
      })
    record.updatedMs = warehouse.now()
    log.save(record)
  }
}
