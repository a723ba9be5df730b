import type { DuckDBConnection } from '@duckdb/node-api'
import type { LoadError } from './copy/load-error.ts'
import { runCopy } from './copy/run-copy.ts'
import { createLike } from './create-like.ts'
import { RedshiftError, type Statement } from './dialect/statement.ts'
import { quoteText } from './dialect/tokens.ts'
import { lockKey } from './lock-key.ts'
import { type StoredResult, storeResult } from './result.ts'
import { runChanges } from './run-changes.ts'
import { runUnload } from './run-unload.ts'
import type { Block } from './sessions.ts'
import type { Warehouse } from './warehouse.ts'

/** What a statement runs with. */
export interface Running {
  warehouse: Warehouse
  connection: DuckDBConnection
  block: Block
  /** Whether BEGIN opens a transaction that outlives the statement: in a session, and not in a batch. */
  mayStayOpen: boolean
  /** Who holds its locks. */
  owner: string
  signal: AbortSignal
  /** Where its rows go. */
  resultFile: string
  /** Whether nothing follows it in its transaction. */
  isLast: boolean
  /** Lines that a COPY skipped are added. */
  errors: LoadError[]
  /** Does what may wait for other statements while its own place is free for them. */
  withoutSlot: (work: () => Promise<void>) => Promise<void>
}

/** What came of a statement; `rows` is -1 where there are none to count. */
export interface Ran {
  rows: number
  hasResultSet: boolean
  result?: StoredResult
}

const plain = (rows: number): Ran => ({ rows, hasResultSet: false })

/** What the engine would refuse after some work only, or not at all; any other change it refuses itself. */
const LOADING: ReadonlySet<Statement['kind']> = new Set(['copy', 'refresh', 'lock'])
/** Of what is accepted and does nothing here, what would change the database. */
const CHANGING = new Set(['GRANT', 'REVOKE', 'VACUUM', 'COMMENT', 'ALTER TABLE'])

/** Runs one statement in the transaction of its connection. @throws RedshiftError and DuckDB's errors */
export async function runStatement(statement: Statement, running: Running): Promise<Ran> {
  const { warehouse, connection, block } = running
  if (statement.kind === 'transaction') return runTransactionVerb(statement, running)
  if (block.state === 'lost')
    throw new RedshiftError('current transaction is aborted, commands ignored until end of transaction block', '25P02')
  const changes = LOADING.has(statement.kind) || (statement.kind === 'accepted' && CHANGING.has(statement.verb))
  if (block.readOnly && changes) throw new RedshiftError('transaction is read-only', '25006')
  if (statement.kind === 'lock') return runLock(statement.tables, running)
  block.untouched = false
  switch (statement.kind) {
    case 'accepted':
      return plain(-1)
    case 'like':
      await createLike(connection, statement)
      return plain(-1)
    case 'copy': {
      const loaded = await runCopy(warehouse, connection, statement.copy)
      running.errors.push(...loaded.errors)
      return plain(loaded.rows)
    }
    case 'unload':
      return plain(await runUnload(warehouse, connection, statement.unload))
    case 'refresh': {
      const found = await connection.runAndReadAll(
        `select query from sluice_sandbox.materialized_views where name = ${quoteText(statement.view)}`,
      )
      const sql = found.getRowsJson()[0]?.[0]
      if (typeof sql !== 'string')
        throw new RedshiftError(`materialized view "${statement.view}" does not exist`, '42P01')
      await connection.run(`delete from ${statement.table}`)
      await connection.run(`insert into ${statement.table} ${sql}`)
      return plain(-1)
    }
    case 'sql': {
      const rows = await runChanges(connection, statement)
      if (!statement.hasResultSet) return plain(rows)
      const result = await storeResult(await connection.stream(statement.sql.at(-1) ?? ''), running.resultFile)
      return { rows: result.rows, hasResultSet: true, result }
    }
  }
}

/** A COMMIT that ends its statement is done with it, together with what is written of its outcome. */
async function runTransactionVerb(statement: Statement & { kind: 'transaction' }, running: Running): Promise<Ran> {
  const { connection, block, warehouse, owner } = running
  const { verb } = statement
  if (verb === 'BEGIN') {
    if (block.state === 'lost')
      throw new RedshiftError(
        'current transaction is aborted, commands ignored until end of transaction block',
        '25P02',
      )
    if (statement.readOnly && !block.readOnly) {
      if (!block.untouched) throw new RedshiftError('transaction read-only mode must be set before any query', '25001')
      await connection.run('commit; begin transaction read only')
      block.readOnly = true
    }
    if (running.mayStayOpen) block.state = 'open'
    return plain(-1)
  }
  block.state = 'none'
  // What is written of its outcome needs a transaction that may write.
  if (verb === 'COMMIT' && running.isLast && !block.readOnly) return plain(-1)
  block.readOnly = false
  await connection.run(`${verb}; begin`)
  block.untouched = true
  warehouse.locks.release(owner)
  return plain(-1)
}

async function runLock(tables: readonly string[], running: Running): Promise<Ran> {
  const { warehouse, connection, block, owner, signal } = running
  const keys = []
  for (const table of tables) keys.push(await lockKey(connection, table))
  for (const key of keys.filter(found => found !== undefined).sort())
    if (!warehouse.locks.take(key, owner)) await running.withoutSlot(() => warehouse.locks.acquire(key, owner, signal))
  // What was committed while it waited must be seen: the transaction is restarted if it has not done anything yet.
  if (block.untouched) await connection.run('commit; begin')
  return plain(-1)
}
