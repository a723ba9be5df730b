import type { WorkEvent } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { toAppError } from '../errors/expected-error.ts'
import type { BatchLedger } from '../ledgers/ledger.ts'
import { count } from '../say.ts'
import { reporter } from '../work/work.ts'
import type { CheckpointEntries } from './entries.ts'

const OUTCOMES = {
  idle: 'nothing of it runs',
  ended: 'its transaction has ended',
  cancelled: 'it was cancelled',
} as const

/**
 * Waits until the sink runs no transaction of the batch that was planned and not committed. A job that is killed leaves
 * it running, and it would load its rows after the checkpoint was moved from under it. What takes too long is
 * cancelled. Whether anything was waited for is returned: what the batch table said before may be old then.
 * @throws ExpectedError `conflict` when it cannot be made sure
 */
export async function* settleWarehouse(
  { clock, ledger }: { clock: Clock; ledger: BatchLedger },
  entries: CheckpointEntries,
  signal: AbortSignal,
): AsyncGenerator<WorkEvent, boolean> {
  const { open, metadata } = entries
  if (!open || metadata.state !== 'read') return false
  const batch = `batch ${count(open.batchId)}`
  const report = reporter(clock, 'settle-warehouse', `Let the warehouse end ${batch}`)
  try {
    const settling = ledger.settle({ batchId: open.batchId, queryId: metadata.value.id }, signal)
    let step = await settling.next()
    for (; !step.done; step = await settling.next()) yield report('running', step.value)
    const outcome = step.value
    if (outcome === 'missing') {
      yield report('skipped', 'the warehouse has no batch table')
      return false
    }
    yield report('done', OUTCOMES[outcome])
    return true
  } catch (error) {
    const { code, message } = toAppError(error)
    if (signal.aborted || code === 'internal' || code === 'cancelled') throw error
    yield report('failed', message)
    throw new ExpectedError(
      {
        code: 'conflict',
        message: `Whether the warehouse still runs the transaction of ${batch} cannot be said: ${message}`,
        hint:
          'Nothing was changed. Try again when the warehouse answers: else rows could be loaded behind the new ' +
          'beginning.',
        retryable: true,
      },
      { cause: error },
    )
  }
}
