import type { WorkEvent } from '../../../../shared/features/scope.ts'
import type { Result } from '../../../../shared/rpc/contract.ts'
import type { Display } from '../demo/display.ts'
import { explain } from '../explain.ts'
import { onInterrupt } from '../interrupt.ts'
import { followChanges, type Outcome, remainsText } from './outcome.ts'

/** Runs work on resources with a line each. Ctrl-C cancels it, and this waits until core has left off. */
export async function carryOut(
  work: (signal: AbortSignal) => AsyncIterable<Result<WorkEvent>>,
  ids: readonly string[],
  display: Display,
): Promise<Outcome> {
  const interrupt = onInterrupt(line => display.line(line))
  try {
    return await followChanges(work(interrupt.signal), ids, display)
  } finally {
    interrupt.forget()
  }
}

/** Says on standard error what kept work from its end, and what was done of it until then. */
export function sayEnd(outcome: Outcome, what: string): void {
  const { state, error, done, underWay } = outcome
  const isBegun = done.length > 0 || underWay !== null
  const lines = [
    ...(state === 'cancelled' ? [`${what} was cancelled.`] : error ? [explain(error)] : []),
    ...(state === 'cancelled' || isBegun ? remainsText(outcome) : []),
  ]
  for (const line of lines) process.stderr.write(`${line}\n`)
}
