import { isPause, type WorkEvent } from '../../../../shared/features/scope.ts'
import type { AppError, Result } from '../../../../shared/rpc/contract.ts'
import type { Display } from '../demo/display.ts'

/** What became of each resource. */
export interface Outcome {
  state: 'done' | 'changed_since' | 'unconfirmed' | 'cancelled' | 'failed'
  /** Ids of resources, in the order in which they ended. */
  done: string[]
  /** Nothing was to be done about them. */
  skipped: string[]
  /** To be done, and not done; the error says why. */
  left: string[]
  /** What was under way at an end before the last one: the next plan says how far it came. */
  underWay: string | null
  notBegun: string[]
  error?: AppError
}

/** What the command ends with; `--help` lists them. */
export const EXIT_CODES: Record<Outcome['state'], number> = {
  done: 0,
  failed: 1,
  changed_since: 3,
  unconfirmed: 4,
  cancelled: 130,
}

export const EXIT_CODE_HELP = `
Exit codes:
  0    done: all is as the plan says
  1    failed, or some of it was left alone
  2    wrong usage
  3    what is there has changed since the plan was shown
  4    not confirmed: declined, a name was not typed, or a protected target was not unlocked
  130  interrupted; what was done is listed
`

export const nothingDone = (ids: readonly string[], state: Outcome['state'], error?: AppError): Outcome => ({
  state,
  done: [],
  skipped: [],
  left: [],
  underWay: null,
  notBegun: [...ids],
  ...(error && { error }),
})

/** Shows work as it happens and keeps what became of each of the resources. */
export async function followChanges(
  work: AsyncIterable<Result<WorkEvent>>,
  ids: readonly string[],
  display: Display,
): Promise<Outcome> {
  const outcome = nothingDone(ids, 'done')
  const lists = { done: outcome.done, skipped: outcome.skipped, failed: outcome.left }
  for await (const result of work) {
    if (!result.ok) return { ...outcome, state: stateOf(result.error), error: result.error }
    const { step, state } = result.value
    display.work(result.value)
    // What is no resource, such as the reading of what is left, is shown and not listed.
    if (isPause(result.value) || !ids.includes(step)) continue
    outcome.notBegun = outcome.notBegun.filter(id => id !== step)
    outcome.underWay = state === 'running' ? step : null
    if (state !== 'running') lists[state].push(step)
  }
  return outcome
}

const stateOf = ({ code, reason }: AppError): Outcome['state'] =>
  reason === 'protected'
    ? 'unconfirmed'
    : reason === 'changed_since' || reason === 'unconfirmed'
      ? reason
      : code === 'cancelled'
        ? 'cancelled'
        : 'failed'

/** What was done of work that did not come to its end. */
export const remainsText = ({ done, underWay, left, notBegun }: Outcome): string[] => [
  `Done: ${done.join(', ') || 'nothing'}.`,
  ...(underWay === null ? [] : [`Under way at its end: ${underWay}; the next plan says how far it came.`]),
  ...(left.length > 0 ? [`Left alone: ${left.join(', ')}.`] : []),
  ...(notBegun.length > 0 ? [`Not begun: ${notBegun.join(', ')}.`] : []),
]
