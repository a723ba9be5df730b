import type { NewEvent } from '../../../shared/features/history.ts'
import type { PipelineScope, WorkEvent } from '../../../shared/features/scope.ts'
import { type CallContext, ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Pace } from '../pace.ts'
import { type History, scopeKey } from './history.ts'
import type { Sample } from './store.ts'

type Watch<Input, T> = (input: Input, context: CallContext) => AsyncIterable<T>
const scopeOf = ({ target, pipeline }: PipelineScope): PipelineScope => ({ target, pipeline })

/** The same watch, with all that it sees kept: samples, and what changed since the last time anybody saw it. */
export function watched<Input extends PipelineScope, T>(
  history: History,
  watch: Watch<Input, T>,
  sampleOf: (value: T) => Sample,
  eventsOf: (before: T | undefined, now: T) => NewEvent[],
): Watch<Input, T> {
  const last = new Map<string, T>()
  return async function* (input, context) {
    const scope = scopeOf(input)
    for await (const value of watch(input, context)) {
      history.sample(scope, sampleOf(value))
      for (const event of eventsOf(last.get(scopeKey(scope)), value)) history.event(scope, event)
      last.set(scopeKey(scope), value)
      yield value
    }
  }
}

/** The same long piece of work, with its end kept as an event, and everybody who watches woken. */
export function worked<Input extends PipelineScope>(
  deps: { history: History; pace: Pace },
  title: string,
  work: Watch<Input, WorkEvent>,
): Watch<Input, WorkEvent> {
  const { history, pace } = deps
  return async function* (input, context) {
    const scope = scopeOf(input)
    const done: string[] = []
    pace.wake()
    try {
      for await (const event of work(input, context)) {
        if (event.state === 'done') done.push(event.title)
        yield event
      }
      const detail = done.length === 0 ? 'nothing was to do' : done.length <= 3 ? done.join(', ') : `${done.length} steps`
      history.event(scope, { kind: 'work', state: 'good', title: `${title}: done`, detail })
    } catch (error) {
      if (context.signal.aborted) history.event(scope, { kind: 'work', state: 'warning', title: `${title}: cancelled` })
      else {
        const detail =
          error instanceof ExpectedError || error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
        history.event(scope, { kind: 'work', state: 'bad', title: `${title}: failed`, detail })
      }
      throw error
    } finally {
      pace.wake()
    }
  }
}
