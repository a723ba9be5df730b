import {
  CancelStatementCommand,
  DescribeStatementCommand,
  ListStatementsCommand,
  type StatusString,
} from '@aws-sdk/client-redshift-data'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import type { Clock } from '../../clock/clock.ts'
import { toAppError } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { age } from '../../say.ts'
import { runTransaction } from '../../statements/run-statement.ts'
import type { Settled } from '../ledger.ts'
import type { RedshiftTables } from './tables.ts'

/** So long a transaction may still take before it is cancelled, and then to be gone. */
const WAIT_MS = 120_000
const CANCELLED_WITHIN_MS = 30_000
/** Not yet ended, in the words of the Data API. */
const LIVE: readonly StatusString[] = ['SUBMITTED', 'PICKED', 'STARTED']

/**
 * Waits until the warehouse runs no transaction of a batch, which a job that is killed leaves running.
 *
 * ListStatements lists statements of the caller's own role alone (API reference, RoleLevel), and a job on a cluster has
 * another one. So the lock that each transaction takes first is taken, too: it is given when the transaction that has
 * it has ended.
 */
export async function* settleTransaction(
  { context, clock, names }: RedshiftTables,
  { batchId, queryId }: { batchId: number; queryId: string },
  signal: AbortSignal,
): AsyncGenerator<string, Settled> {
  try {
    const left = await runningNow(context, `${queryId}/${batchId}`, signal)
    if (left.length > 0) yield 'its transaction still runs: the job that began it was killed'
    let cancelled = 0
    for (const id of left) if ((await ended(clock, context, id, signal)) === 'cancelled') cancelled++
    yield 'waits for the lock of its batch table'
    await runTransaction(context, [`lock ${names.batchTable}`], { signal, name: 'settle-checkpoint' })
    return left.length === 0 ? 'idle' : cancelled > 0 ? 'cancelled' : 'ended'
  } catch (error) {
    // Without its tables there is nothing that a transaction could load into.
    if (!signal.aborted && /does not exist/.test(toAppError(error).message)) return 'missing'
    throw error
  }
}

/** The statements under a name that have not ended. */
async function runningNow({ aws, target }: PipelineContext, name: string, signal: AbortSignal): Promise<string[]> {
  const { clusterIdentifier, database } = target.warehouse
  const found: string[] = []
  for (const Status of LIVE) {
    let token: string | undefined
    do {
      const page = await aws.redshiftData.send(
        new ListStatementsCommand({
          StatementName: name,
          Status,
          ClusterIdentifier: clusterIdentifier,
          Database: database,
          ...(token && { NextToken: token }),
        }),
        { abortSignal: signal },
      )
      // A name is asked for by how it begins: batch 1 brings 12 along.
      found.push(
        ...(page.Statements ?? []).flatMap(entry => (entry.StatementName === name && entry.Id ? [entry.Id] : [])),
      )
      token = page.NextToken
    } while (token)
  }
  return [...new Set(found)]
}

/** Waits for the end of a statement, and cancels it when that takes too long. */
async function ended(
  clock: Clock,
  context: PipelineContext,
  id: string,
  signal: AbortSignal,
): Promise<'by itself' | 'cancelled'> {
  const { redshiftData } = context.aws
  const endsWithin = async (ms: number): Promise<boolean> => {
    const poll = context.polls.start('statement')
    const describe = () => redshiftData.send(new DescribeStatementCommand({ Id: id }), { abortSignal: signal })
    for (const untilMs = clock.monotonic() + ms; clock.monotonic() < untilMs; ) {
      const { Status } = await poll.ask(describe, signal)
      if (!LIVE.some(status => status === Status)) return true
      await poll.wait(signal)
    }
    return false
  }
  if (await endsWithin(WAIT_MS)) return 'by itself'
  await redshiftData.send(new CancelStatementCommand({ Id: id }), { abortSignal: signal })
  if (await endsWithin(CANCELLED_WITHIN_MS)) return 'cancelled'
  throw new ExpectedError({
    code: 'conflict',
    message: `statement ${id} was cancelled ${age(CANCELLED_WITHIN_MS)} ago and has not ended.`,
    retryable: true,
  })
}
