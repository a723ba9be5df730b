import type { PlacedTarget } from '../../../shared/features/targets.ts'
import { toAppError } from '../errors/expected-error.ts'
import { currentAsking } from './asking.ts'
import type { CallBudgets } from './call-budgets.ts'
import type { CallLog } from './calls-made.ts'
import { serviceOf } from './permission.ts'

export interface WatchedCalls {
  log: CallLog
  budgets: CallBudgets
}

interface Command {
  clientName?: string
  commandName?: string
}
type Next = (args: { input: object }) => Promise<never>
interface Stack {
  middlewareStack: {
    add(
      middleware: (next: Next, context: Command) => Next,
      options: { step: 'initialize' | 'finalizeRequest'; name: string; priority: 'high' | 'low' },
    ): void
  }
}

/** Counts each request of a client, and holds polls back to their budget, where nobody else spaces its requests. */
export function watchCalls(
  client: object,
  target: PlacedTarget,
  { log, budgets, isSpaced }: WatchedCalls & { isSpaced: boolean },
): void {
  const { middlewareStack } = client as Stack
  middlewareStack.add(
    (next, context) => async args => {
      if (!isSpaced) await budgets.take(target, serviceOf(context.clientName ?? ''), currentAsking())
      return next(args)
    },
    { step: 'initialize', name: 'keepToBudget', priority: 'low' },
  )
  // Below the SDK's own retries: each try is a request.
  middlewareStack.add(
    (next, context) => async args => {
      const made = (outcome: 'answered' | 'throttled' | 'failed') =>
        log.made({
          target: target.id,
          service: serviceOf(context.clientName ?? ''),
          operation: (context.commandName ?? '').replace(/Command$/, ''),
          asking: currentAsking(),
          outcome,
          units: unitsOf(args.input),
        })
      try {
        const answer = await next(args)
        made('answered')
        return answer
      } catch (error) {
        made(toAppError(error).code === 'throttled' ? 'throttled' : 'failed')
        throw error
      }
    },
    { step: 'finalizeRequest', name: 'countCalls', priority: 'low' },
  )
}

/** A payload unit of Kinesis (Amazon Kinesis Data Streams pricing). */
const PAYLOAD_UNIT_BYTES = 25_000

/** What of a call is paid for, where that is not the call itself: metrics, and payload units of records. */
function unitsOf(input: object): number {
  if ('MetricDataQueries' in input && Array.isArray(input.MetricDataQueries)) return input.MetricDataQueries.length
  if ('Records' in input && Array.isArray(input.Records))
    return (input.Records as { Data?: Uint8Array }[]).reduce(
      (sum, { Data }) => sum + Math.max(1, Math.ceil((Data?.length ?? 0) / PAYLOAD_UNIT_BYTES)),
      0,
    )
  return 1
}
