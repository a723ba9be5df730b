import { whyNotReading } from './reading-query.ts'

/**
 * Operations that change nothing, by AWS's own habit of naming; none of the services that the console uses breaks it.
 */
const READS = /^(Describe|List|Get|Head|BatchGet|Simulate)[A-Z]/

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
 * What a call would do, as the beginning of "... is refused"; undefined for one that is known to only read. `closely`:
 * a user's SQL is parsed, because it must not change anything. `loosely`: it may, and its words decide whether it is
 * written down as a change.
 */
export async function changeIn(
  command: string,
  input: unknown,
  how: 'closely' | 'loosely',
): Promise<string | undefined> {
  const operation = command.replace(/Command$/, '')
  if (READS.test(operation) || operation === 'CancelStatement') return undefined
  // Of the calls that run SQL only the one of one statement: a batch is there to change things together.
  const sql =
    operation === 'ExecuteStatement' && typeof input === 'object' && input !== null && 'Sql' in input
      ? input.Sql
      : undefined
  if (FRAME.has(sql)) return undefined
  if (typeof sql !== 'string') return operation
  const by = how === 'loosely' || ownQueries.has(Object(input)) ? 'sluice' : 'user'
  const reason = await whyNotReading(sql, by)
  return reason && `the statement (${reason})`
}
