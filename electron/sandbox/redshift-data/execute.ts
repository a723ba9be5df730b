import type { DuckDBConnection } from '@duckdb/node-api'
import { bindParameters } from './dialect/parameters.ts'
import { RedshiftError, type Statement } from './dialect/statement.ts'
import { quoteText } from './dialect/tokens.ts'
import { translate } from './dialect/translate.ts'
import { errorText } from './error-text.ts'
import { type StoredResult, storeResult } from './result.ts'
import { type LoadError, LoadFailed, runCopy } from './run-copy.ts'
import { runUnload } from './run-unload.ts'
import type { StatementLog, StatementRecord, SubStatement } from './statement-log.ts'
import type { Warehouse } from './warehouse.ts'

export interface Execution {
  /** Stops what runs; the statement ends as ABORTED. */
  cancel(): void
  ended: Promise<void>
}

/**
 * Runs a statement, or a batch in one transaction, on a connection of its own. What came of it is written in the same transaction as what it
 * did: after a kill, the two cannot disagree.
 */
export function execute(warehouse: Warehouse, log: StatementLog, record: StatementRecord): Execution {
  let connection: DuckDBConnection | undefined
  let cancelled = false
  return {
    cancel() {
      cancelled = true
      connection?.interrupt()
    },
    ended: run(),
  }

  async function run(): Promise<void> {
    const startedMs = warehouse.now()
    record.status = 'STARTED'
    record.updatedMs = startedMs
    connection = await warehouse.connect()
    const held: (() => void)[] = []
    const errors: LoadError[] = []
    try {
      await connection.run('begin')
      for (const [index, sub] of record.subs.entries()) {
        if (cancelled) throw new RedshiftError("Query cancelled on user's request", '57014')
        await runSub(connection, sub, index, held, errors)
      }
      await writeOutcome(connection)
      await connection.run('commit')
      end('FINISHED', undefined)
    } catch (error) {
      await rollback(connection)
      if (error instanceof LoadFailed) errors.push(...error.errors)
      end(cancelled ? 'ABORTED' : 'FAILED', errorText(error))
    } finally {
      for (const release of held) release()
    }
    await remember(connection, errors, startedMs)
    connection.closeSync()
    connection = undefined
    log.save(record)
  }

  async function runSub(
    on: DuckDBConnection,
    sub: SubStatement,
    index: number,
    held: (() => void)[],
    errors: LoadError[],
  ): Promise<void> {
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
      const { rows, result, hasResultSet } = await runStatement(on, statements[0] as Statement, index, held, errors)
      Object.assign(sub, { rows, result, hasResultSet, status: 'FINISHED' })
    } catch (error) {
      Object.assign(sub, { status: cancelled ? 'ABORTED' : 'FAILED', error: errorText(error) })
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
    held: (() => void)[],
    errors: LoadError[],
  ): Promise<{ rows: number; hasResultSet: boolean; result?: StoredResult }> {
    const plain = (rows: number) => ({ rows, hasResultSet: false })
    switch (statement.kind) {
      case 'accepted':
      case 'transaction':
        return plain(-1)
      case 'lock':
        for (const table of [...statement.tables].sort()) held.push(await warehouse.lock(table))
        // What was committed while it waited must be seen: the transaction begins anew if it has not changed anything yet.
        if (index === 0) await on.run('commit; begin')
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
        let rows = -1
        for (const sql of statement.sql.slice(0, statement.hasResultSet ? -1 : undefined)) {
          const { rowsChanged } = await on.run(sql)
          if (rows < 0) rows = rowsChanged
        }
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

  function end(status: 'FINISHED' | 'FAILED' | 'ABORTED', error: string | undefined): void {
    record.status = status
    if (error !== undefined) record.error = error
    for (const sub of record.subs) if (status !== 'FINISHED' && sub.status === 'SUBMITTED') sub.status = 'ABORTED'
    record.durationNs = record.subs.reduce((sum, sub) => sum + sub.durationNs, 0)
    record.updatedMs = warehouse.now()
  }

  /** The query history, and the bad lines of a COPY, which must outlive its rollback. Statements that only touch these are not remembered. */
  async function remember(on: DuckDBConnection, errors: readonly LoadError[], startedMs: number): Promise<void> {
    const time = (ms: number) => `make_timestamp(${Math.round(ms * 1000)})`
    const text = (value: string | undefined) => (value === undefined ? 'null' : quoteText(value))
    const lines = errors.map(
      error =>
        `(${record.number}, ${text(/COPY\s+(\S+)/i.exec(record.sqls.join(' '))?.[1])}, ${time(startedMs)}, ${text(error.file)}, ${error.line}, ${text(error.column)}, ${text(error.type)}, '', 0, ${text(error.rawLine)}, ${text(error.rawValue)}, ${error.code}, ${text(error.reason)})`,
    )
    if (lines.length > 0) await on.run(`insert into sluice_sandbox.load_errors values ${lines.join(', ')}`)
    if (record.subs.every(sub => sub.hasResultSet)) return
    await on.run(
      `insert into sluice_sandbox.query_history values (${record.number}, ${text(record.id)}, ${text(record.sqls.join(';\n').slice(0, 4000))}, ${text(record.status === 'FINISHED' ? 'success' : 'failed')}, ${text(record.error)}, ${time(startedMs)}, ${time(record.updatedMs)}, ${record.subs.at(-1)?.rows ?? 0})`,
    )
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
