import type { DuckDBConnection } from '@duckdb/node-api'
import { type LoadError, LoadFailed } from './copy/load-error.ts'
import { bindParameters } from './dialect/parameters.ts'
import { RedshiftError, type Statement } from './dialect/statement.ts'
import { translate } from './dialect/translate.ts'
import { errorText } from './error-text.ts'
import { writeOutcome } from './outcome.ts'
import { runStatement } from './run-statement.ts'
import { notBefore, type RunningStatement, withoutSlot } from './running-statement.ts'
import type { SubStatement } from './statement-log.ts'

/**
 * Returns the first failure. With AUTO_COMMIT each statement is a transaction, and those behind a failed one run none
 * the less.
 */
export async function runTransactions(
  running: RunningStatement,
  connection: DuckDBConnection,
  errors: LoadError[],
): Promise<string | undefined> {
  if (running.record.executionMode !== 'AUTO_COMMIT')
    return runTransaction(running, connection, 0, running.record.subs.length, errors)
  let failure: string | undefined
  for (let index = 0; index < running.record.subs.length && !running.signal.aborted; index++) {
    const failed = await runTransaction(running, connection, index, index + 1, errors)
    failure ??= failed
  }
  return running.signal.aborted ? errorText(running.signal.reason) : failure
}

/**
 * Runs the statements from one up to another. Returns why it failed, in Redshift's words; undefined when it is done.
 * What the disk did not take was rolled back, and is done again when there is room, unless it was part of a
 * transaction that had begun before.
 */
async function runTransaction(
  running: RunningStatement,
  connection: DuckDBConnection,
  from: number,
  to: number,
  errors: LoadError[],
): Promise<string | undefined> {
  for (;;) {
    const wasOpen = running.block.state === 'open'
    const already = errors.length
    const result = await tryTransaction(running, connection, from, to, errors)
    if (!result) return undefined
    if (wasOpen || running.signal.aborted || running.warehouse.care.trouble(result.cause) === undefined)
      return result.failure
    running.block.state = 'none'
    errors.splice(already)
    for (const sub of running.record.subs.slice(from, to))
      Object.assign(sub, { status: 'SUBMITTED', error: undefined, durationNs: 0 })
    try {
      await running.warehouse.care.room(running.signal)
    } catch (error) {
      if (!running.signal.aborted) throw error
      return errorText(running.signal.reason)
    }
  }
}

async function tryTransaction(
  running: RunningStatement,
  connection: DuckDBConnection,
  from: number,
  to: number,
  errors: LoadError[],
): Promise<{ failure: string; cause: unknown } | undefined> {
  const wasOpen = running.block.state === 'open'
  try {
    if (!wasOpen) {
      await connection.run('begin')
      running.block.untouched = true
    }
    await interruptible(connection, running.signal, async () => {
      for (let index = from; index < to; index++) {
        running.signal.throwIfAborted()
        await runSubStatement(running, connection, index, index + 1 === to, errors)
      }
    })
    if (running.block.state === 'open' && !running.record.batch) return undefined
    running.block.state = 'none'
    if (running.block.readOnly) {
      await connection.run('commit; begin')
      running.block.readOnly = false
    }
    await writeOutcome(
      connection,
      running.record,
      notBefore(running, running.record.updatedMs),
      to === running.record.subs.length,
    )
    await connection.run('commit')
  } catch (error) {
    if (running.block.state === 'open') running.block.state = 'lost'
    running.block.readOnly = false
    if (error instanceof LoadFailed) errors.push(...error.errors)
    await rollback(connection)
    // A statement that failed has its words already; what else fails is the commit.
    const subError = running.record.subs.slice(from, to).find(sub => sub.error !== undefined)?.error
    return { failure: subError ?? errorText(running.signal.aborted ? running.signal.reason : error), cause: error }
  } finally {
    if (running.block.state !== 'open') running.warehouse.locks.release(running.owner)
  }
  return undefined
}

async function runSubStatement(
  running: RunningStatement,
  connection: DuckDBConnection,
  index: number,
  isLast: boolean,
  errors: LoadError[],
): Promise<void> {
  const sub = running.record.subs[index] as SubStatement
  const startedMs = performance.now()
  sub.status = 'STARTED'
  try {
    const statement = parse(bindParameters(sub.sql, running.record.parameters))
    const ran = await runStatement(statement, {
      warehouse: running.warehouse,
      connection,
      block: running.block,
      mayStayOpen: running.session !== undefined && !running.record.batch,
      owner: running.owner,
      signal: running.signal,
      resultFile: running.log.resultFile(running.record.id, index),
      isLast,
      errors,
      withoutSlot: work => withoutSlot(running, work),
    })
    Object.assign(sub, { ...ran, status: 'FINISHED' })
  } catch (error) {
    const failure = running.signal.aborted ? running.signal.reason : error
    Object.assign(sub, { status: running.signal.aborted ? 'ABORTED' : 'FAILED', error: errorText(failure, sub.sql) })
    throw error
  } finally {
    sub.durationNs = Math.round((performance.now() - startedMs) * 1e6)
    sub.updatedMs = notBefore(running, running.record.updatedMs)
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
