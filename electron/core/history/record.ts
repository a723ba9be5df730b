import type { NewEvent } from '../../../shared/features/history.ts'
import { isPause, type PipelineScope, type WorkEvent } from '../../../shared/features/scope.ts'
import type { CallContext } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { Pace } from '../clock/pace.ts'
import { patiently } from '../work/patience.ts'
import { type History, scopeKey } from './history.ts'
import type { Sample } from './pending.ts'

type Watch<Input, T> = (input: Input, context: CallContext) => AsyncIterable<T>
const scopeOf = ({ target, pipeline }: PipelineScope): PipelineScope => ({ target, pipeline })

/** Keeps what is seen of the parts of pipelines, and knows when that was. */
export interface Observed {
  /** Keeps the samples of a value, and what changed since the last time anybody saw that part. */
  see<T>(part: Part<T>, scope: PipelineScope, value: T): void
  /** When anything of a pipeline was last seen, monotonic. */
  seenMs(scope: PipelineScope): number | undefined
}

/** One part of a pipeline, by what is kept of it. */
export interface Part<T> {
  name: string
  sampleOf: (value: T) => Sample
  eventsOf: (before: T | undefined, now: T) => NewEvent[]
}

export function createObserved(history: History, clock: Clock): Observed {
  const last = new Map<string, unknown>()
  const seen = new Map<string, number>()
  return {
    see<T>(part: Part<T>, scope: PipelineScope, value: T) {
      history.sample(scope, part.sampleOf(value))
      const key = `${scopeKey(scope)} ${part.name}`
      for (const event of part.eventsOf(last.get(key) as T | undefined, value)) history.event(scope, event)
      last.set(key, value)
      seen.set(scopeKey(scope), clock.monotonic())
    },
    seenMs: scope => seen.get(scopeKey(scope)),
  }
}

/** The same watch, with all that it sees kept. */
export function watched<Input extends PipelineScope, T>(
  observed: Observed,
  part: Part<T>,
  watch: Watch<Input, T>,
): Watch<Input, T> {
  return async function* (input, context) {
    const scope = scopeOf(input)
    for await (const value of watch(input, context)) {
      observed.see(part, scope, value)
      yield value
    }
  }
}

/**
 * Of work that asks for something and waits for it: the step whose first event says that it was asked for, and what
 * goes on when nobody waits.
 */
interface GoesOn {
  from: string
  says: string
}

/** What a piece of work is called: always so, or as its first step says it, in the words of the source. */
type Title = string | { unlessAStepSays: string }

/**
 * The same long piece of work, with its end kept as an event; it wakes all watches. While nobody is logged in it is
 * paused.
 */
export function worked<Input extends PipelineScope>(
  deps: { history: History; pace: Pace; clock: Clock },
  title: Title,
  work: Watch<Input, WorkEvent>,
  goesOn?: GoesOn,
): Watch<Input, WorkEvent> {
  const { history, pace, clock } = deps
  return async function* (input, context) {
    const done: WorkEvent[] = []
    let named: string | undefined
    let isAskedFor = false
    let end: NewEvent | undefined
    pace.wake()
    try {
      for await (const event of patiently(() => work(input, context), { clock, signal: context.signal })) {
        if (event.state === 'done' && !isPause(event)) done.push(event)
        if (!isPause(event)) named ??= event.title
        if (event.step === goesOn?.from && event.state !== 'failed') isAskedFor = true
        yield event
      }
      const name = titleOf(title, named)
      end = { kind: 'work', state: 'good', title: `${name}: done`, detail: detailOf(done, name) }
    } catch (error) {
      if (!context.signal.aborted)
        end = { kind: 'work', state: 'bad', title: `${titleOf(title, named)}: failed`, detail: firstLine(error) }
      throw error
    } finally {
      // The caller may leave while the work waits, which is an error, or while it reports something, which is none.
      end ??=
        isAskedFor && goesOn
          ? givenUp(titleOf(title, named), goesOn)
          : { kind: 'work', state: 'warning', title: `${titleOf(title, named)}: cancelled` }
      history.event(scopeOf(input), end)
      pace.wake()
    }
  }
}

const titleOf = (title: Title, named: string | undefined): string =>
  typeof title === 'string' ? title : (named ?? title.unlessAStepSays)

/** What was done, by its steps; a step that is called as the whole is by what came of it. */
function detailOf(done: readonly WorkEvent[], name: string): string {
  if (done.length === 0) return 'nothing was to do'
  if (done.length > 3) return `${done.length} steps`
  return done.map(event => (event.title === name ? (event.detail ?? event.title) : event.title)).join(', ')
}

const givenUp = (title: string, { says }: GoesOn): NewEvent => ({
  kind: 'work',
  state: 'warning',
  title: `${title}: waiting was given up`,
  detail: says,
})

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
