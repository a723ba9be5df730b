import type { CallsMade, callsContract } from '../../../shared/features/calls.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { WatchedCalls } from '../targets/watch-calls.ts'

/** What core asked of a target; nothing is asked of it for this. */
export function createCallsService(deps: { calls: WatchedCalls; clock: Clock }): ServiceOf<typeof callsContract> {
  const { log, budgets } = deps.calls
  const view = (target: string): CallsMade => ({ ...log.view(target), budgets: budgets.view(target) })
  return {
    async *watch({ target, everyMs }, { signal }) {
      while (!signal.aborted) {
        yield view(target)
        await deps.clock.sleep(everyMs, signal)
      }
    },
  }
}
