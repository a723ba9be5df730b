import type { DuckDBConnection } from '@duckdb/node-api'
import { type LoadError, LoadFailed } from './copy/load-error.ts'
import { bindParameters } from './dialect/parameters.ts'
import { RedshiftError, type Statement } from './dialect/statement.ts'
import { translate } from './dialect/translate.ts'
import { errorText } from './error-text.ts'
import { historySql, writeOutcome } from './outcome.ts'
import { runStatement } from './run-statement.ts'
import { type Block, lockOwner, noBlock, type Session } from './sessions.ts'
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
 * Runs a statement or a batch: on the connection of its session, or on one of its own. No status is told before it is
 * on disk.
 */
export function execute(
  warehouse: Warehouse,
  log: StatementLog,
  record: StatementRecord,
  session: Session | undefined,
): Execution {
  const cancelling = new AbortController()
  const { signal } = cancelling
  const owner = lockOwner(record)
  const block: Block = session?.block ?? noBlock()
  let hasSlot = false
  return {
    cancel: () => cancelling.abort(new RedshiftError(CANCELLED, '57014')),
    ended: run(),
  }

  async function run(): Promise<void> {
    try {
      await enter()
      await runOnConnection()
    } catch (error) {
      end(signal.aborted ? 'ABORTED' : 'FAILED', errorText(signal.aborted ? signal.reason : error))
    } finally {
      leave()
    }
  }

  async function enter(order?: 'first'): Promise<void> {
    await warehouse.slots.enter(signal, order)
    hasSlot = true
  }

  function leave(): void {
    if (hasSlot) warehouse.slots.leave()
    hasSlot = false
  }

  /** Whoever holds the lock that this one waits for may itself wait for a slot. */
  async function aside(work: () => Promise<void>): Promise<void> {
    leave()
    await work()
    await enter('first')
  }

  /** Now, but not before these times of the statement: the clock may have been set back since. */
  function notBefore(...timesMs: number[]): number {
    return Math.max(warehouse.now(), ...timesMs)
  }

  async function runOnConnection(): Promise<void> {
    const startedMs = notBefore(record.createdMs)
    record.status = 'PICKED'
    const connection = session?.connection ?? (await warehouse.connect())
    if (session) session.connection = connection
    record.status = 'STARTED'
    record.updatedMs = startedMs
    const errors: LoadError[] = []
    try {
      const failure = await runTransactions(connection, errors)
      // In an open transaction its rows would be undone with it, and a statement that was lost would be told as a
      // success.
      if (block.state !== 'open') await remember(connection, errors, startedMs, failure)
      if (failure === undefined) end('FINISHED', undefined)
      else end(signal.aborted ? 'ABORTED' : 'FAILED', failure)
    } finally {
      if (!session) connection.closeSync()
    }
  }

  /**
   * Returns the first failure. With AUTO_COMMIT each statement is a transaction, and those behind a failed one run none
   * the less.
   */
  async function runTransactions(connection: DuckDBConnection, errors: LoadError[]): Promise<string | undefined> {
    if (record.executionMode !== 'AUTO_COMMIT') return runTransaction(connection, 0, record.subs.length, errors)
    let failure: string | undefined
    for (let index = 0; index < record.subs.length && !signal.aborted; index++) {
      const failed = await runTransaction(connection, index, index + 1, errors)
      failure ??= failed
    }
    return signal.aborted ? errorText(signal.reason) : failure
  }

  /**
   * Runs the statements from one up to another. Returns why it failed, in Redshift's words; undefined when it is done.
   * What the disk did not take was rolled back, and is done again when there is room, unless it was part of a
   * transaction that had begun before.
   */
  async function runTransaction(
    connection: DuckDBConnection,
    from: number,
    to: number,
    errors: LoadError[],
  ): Promise<string | undefined> {
    for (;;) {
      const wasOpen = block.state === 'open'
      const already = errors.length
      const result = await tryTransaction(connection, from, to, errors)
      if (!result) return undefined
      if (wasOpen || signal.aborted || warehouse.care.trouble(result.cause) === undefined) return result.failure
      block.state = 'none'
      errors.splice(already)
      for (const sub of record.subs.slice(from, to))
        Object.assign(sub, { status: 'SUBMITTED', error: undefined, durationNs: 0 })
      try {
        await warehouse.care.room(signal)
      } catch (error) {
        if (!signal.aborted) throw error
        return errorText(signal.reason)
      }
    }
  }

  async function tryTransaction(
    connection: DuckDBConnection,
    from: number,
    to: number,
    errors: LoadError[],
  ): Promise<{ failure: string; cause: unknown } | undefined> {
    const wasOpen = block.state === 'open'
    try {
      if (!wasOpen) {
        await connection.run('begin')
        block.untouched = true
      }
      await interruptible(connection, signal, async () => {
        for (let index = from; index < to; index++) {
          signal.throwIfAborted()
          await runSub(connection, index, index + 1 === to, errors)
        }
      })
      if (block.state === 'open' && !record.batch) return undefined
      block.state = 'none'
      if (block.readOnly) {
        await connection.run('commit; begin')
        block.readOnly = false
      }
      await writeOutcome(connection, record, notBefore(record.updatedMs), to === record.subs.length)
      await connection.run('commit')
    } catch (error) {
      if (block.state === 'open') block.state = 'lost'
      block.readOnly = false
      if (error instanceof LoadFailed) errors.push(...error.errors)
      await rollback(connection)
      // A statement that failed has its words already; what else fails is the commit.
      const told = record.subs.slice(from, to).find(sub => sub.error !== undefined)?.error
      return { failure: told ?? errorText(signal.aborted ? signal.reason : error), cause: error }
    } finally {
      if (block.state !== 'open') warehouse.locks.release(owner)
    }
    return undefined
  }

  async function runSub(
    connection: DuckDBConnection,
    index: number,
    isLast: boolean,
    errors: LoadError[],
  ): Promise<void> {
    const sub = record.subs[index] as SubStatement
    const startedMs = performance.now()
    sub.status = 'STARTED'
    try {
      const statement = parse(bindParameters(sub.sql, record.parameters))
      const ran = await runStatement(statement, {
        warehouse,
        connection,
        block,
        mayStayOpen: session !== undefined && !record.batch,
        owner,
        signal,
        resultFile: log.resultFile(record.id, index),
        isLast,
        errors,
        aside,
      })
      Object.assign(sub, { ...ran, status: 'FINISHED' })
    } catch (error) {
      const failure = signal.aborted ? signal.reason : error
      Object.assign(sub, { status: signal.aborted ? 'ABORTED' : 'FAILED', error: errorText(failure, sub.sql) })
      throw error
    } finally {
      sub.durationNs = Math.round((performance.now() - startedMs) * 1e6)
      sub.updatedMs = notBefore(record.updatedMs)
    }
  }

  function end(status: 'FINISHED' | 'FAILED' | 'ABORTED', error: string | undefined): void {
    const open = (sub: SubStatement) => sub.status === 'SUBMITTED' || sub.status === 'STARTED'
    const changes: Partial<StatementRecord> = {
      status,
      error,
      subs: record.subs.map(sub => (open(sub) ? { ...sub, status: 'ABORTED' } : sub)),
      durationNs: record.subs.reduce((sum, sub) => sum + sub.durationNs, 0),
      updatedMs: notBefore(...record.subs.map(sub => sub.updatedMs), record.updatedMs),
    }
    try {
      log.save(record, changes)
    } catch (failure) {
      // What it did cannot be undone any more, so it is told as it is; a restart finds the same in the outcomes.
      Object.assign(record, changes)
      warehouse.log(`redshift-data: the end of statement ${record.id} was not written: ${failure}`)
    }
  }

  /**
   * The query history, and the bad lines of a COPY, which must outlive its rollback. Reads are not remembered. That it
   * cannot be written changes nothing about the statement.
   */
  async function remember(
    connection: DuckDBConnection,
    errors: readonly LoadError[],
    startedMs: number,
    failure: string | undefined,
  ): Promise<void> {
    try {
      for (const sql of historySql(record, errors, startedMs, notBefore(startedMs), failure)) await connection.run(sql)
    } catch (error) {
      warehouse.log(`redshift-data: the history of statement ${record.id}: ${error}`)
    }
  }
}

/** The one statement of a text. @throws RedshiftError when it is none, or several */
function parse(sql: string): Statement {
  const [statement, another] = translate(sql)
  if (statement && !another) return statement
  const refusal = statement
    ? 'Multiple statements are not allowed in one SQL: use BatchExecuteStatement'
    : 'The statement is empty'
  throw new RedshiftError(refusal, '42601')
}

const INTERRUPT_EVERY_MS = 20

/**
 * An interrupt reaches only what runs at that moment, and a statement is made of several: so it is sent until the work
 * has ended.
 */
async function interruptible(
  connection: DuckDBConnection,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
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
