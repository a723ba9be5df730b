import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { whyNotReading } from './reading-query.ts'

/**
 * Operations that change nothing, by AWS's own habit of naming; none of the services that the console uses breaks it.
 */
const READS = /^(Describe|List|Get|Head|BatchGet)[A-Z]/

/**
 * The transaction that the warehouse itself keeps from changing anything (Database Developer Guide, BEGIN: READ ONLY),
 * for a user's query. It is never committed.
 */
export const READ_ONLY_TRANSACTION = { begin: 'begin read only', end: 'rollback' } as const
const FRAME: ReadonlySet<unknown> = new Set(Object.values(READ_ONLY_TRANSACTION))

/** Requests whose SQL is Sluice's own. */
const ownQueries = new WeakSet<object>()

/**
 * Says that the SQL of a request was written by Sluice, not by its user: it is still checked before it is sent.
 */
export function ownQuery<T extends object>(input: T): T {
  ownQueries.add(input)
  return input
}

/**
 * Stops a call that may change something before it is sent. It stands below every service, so that one that forgets to
 * ask is stopped, too.
 * @throws ExpectedError `access_denied`
 */
export async function refuseUnlessRead(target: string, command: string, input: unknown): Promise<void> {
  const operation = command.replace(/Command$/, '')
  if (READS.test(operation) || operation === 'CancelStatement') return
  // Of the calls that run SQL only the one of one statement: a batch is there to change things together.
  const sql =
    operation === 'ExecuteStatement' && typeof input === 'object' && input !== null && 'Sql' in input
      ? input.Sql
      : undefined
  if (FRAME.has(sql)) return
  const reason =
    typeof sql === 'string' ? await whyNotReading(sql, ownQueries.has(Object(input)) ? 'sluice' : 'user') : undefined
  if (typeof sql === 'string' && reason === undefined) return
  throw new ExpectedError({
    code: 'access_denied',
    message:
      reason === undefined
        ? `${target} is read-only in Sluice: ${operation} is refused.`
        : `${target} is read-only in Sluice, and the statement is refused: ${reason}.`,
    hint:
      reason === undefined
        ? 'Choose a target that is not protected.'
        : 'Write it as one query of built-in functions, or choose a target that is not protected.',
    retryable: false,
  })
}
