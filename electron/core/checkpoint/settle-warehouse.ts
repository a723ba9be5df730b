import {
  CancelStatementCommand,
  DescribeStatementCommand,
  ListStatementsCommand,
  type StatusString,
} from '@aws-sdk/client-redshift-data'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { toAppError } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { age, count } from '../say.ts'
import { runTransaction } from '../statements/run-statement.ts'
import { teller } from '../work/work.ts'
import type { CheckpointEntries } from './entries.ts'

/** So long a transaction may still take before it is cancelled, and then to be gone. */
const WAIT_MS = 120_000
const CANCELLED_WITHIN_MS = 30_000
const POLL_MS = 250
/** Not yet ended, in the words of the Data API. */
const LIVE: readonly StatusString[] = ['SUBMITTED', 'PICKED', 'STARTED']

/**
 * Waits until the warehouse runs no transaction of the batch that was planned and not committed. A job that is killed
 * leaves it running, and it would load its rows after the checkpoint was moved from under it. What takes too long is
 * cancelled. Whether anything was waited for is returned: what the batch table said before may be old then.
 *
 * ListStatements tells of statements of the caller's own role alone (API reference, RoleLevel), and a job on a cluster
 * has another one. So the lock that each transaction takes first is taken, too: it is given when the transaction that
 * has it has ended.
 * @throws ExpectedError `conflict` when it cannot be made sure
 */
export async function* settleWarehouse(
  { clock }: { clock: Clock },
  context: PipelineContext,
  entries: CheckpointEntries,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent, boolean> {
  const { open, metadata } = entries
  if (!open || metadata.state !== 'read') return false
  const batch = `batch ${count(open.batchId)}`
  const tell = teller(clock, 'settle-warehouse', `Let the warehouse end ${batch}`)
  try {
    const left = await live(context, `${metadata.value.id}/${open.batchId}`, signal)
    if (left.length > 0) yield tell('running', 'its transaction still runs: the job that began it was killed')
    let cancelled = 0
    for (const id of left) if ((await ended(clock, context, id, signal)) === 'cancelled') cancelled++
    const { schema, batchTable } = context.spec.sink
    yield tell('running', 'waits for the lock of its batch table')
    await runTransaction(context, clock, [`lock ${schema}.${batchTable}`], { signal, name: 'settle-checkpoint' })
    yield tell(
      'done',
      left.length === 0 ? 'nothing of it runs' : cancelled > 0 ? 'it was cancelled' : 'its transaction has ended',
    )
    return true
  } catch (error) {
    const { code, message } = toAppError(error)
    if (signal.aborted || code === 'internal' || code === 'cancelled') throw error
    // Without its tables there is nothing that a transaction could load into.
    if (/does not exist/.test(message)) {
      yield tell('skipped', 'the warehouse has no batch table')
      return false
    }
    yield tell('failed', message)
    throw new ExpectedError(
      {
        code: 'conflict',
        message: `Whether the warehouse still runs the transaction of ${batch} cannot be said: ${message}`,
        hint: 'Nothing was changed. Try again when the warehouse answers: else rows could be loaded behind the new beginning.',
        retryable: true,
      },
      { cause: error },
    )
  }
}

/** The statements under a name that have not ended. */
async function live({ aws, target }: PipelineContext, name: string, signal: AbortSignal): Promise<string[]> {
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
    for (const untilMs = clock.monotonic() + ms; clock.monotonic() < untilMs; ) {
      const { Status } = await redshiftData.send(new DescribeStatementCommand({ Id: id }), { abortSignal: signal })
      if (!LIVE.some(status => status === Status)) return true
      await clock.sleep(POLL_MS, signal)
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
