import { AsyncLocalStorage } from 'node:async_hooks'
import { pauseStep, type WorkEvent } from '../../../shared/features/scope.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import { reporter } from './work.ts'

/** Of work that waits where nobody is logged in, instead of failing. What somebody asks to see has none, and fails. */
export interface Patience {
  signal: AbortSignal
  /** A call waits until somebody logs in; what is returned is called when it waits no more. */
  pause(why: AppError): () => void
}

/**
 * Whose call it is, is known by the work that it is made in: every call of every client in it waits, and no feature has
 * to know.
 */
const current = new AsyncLocalStorage<Patience>()
export const currentPatience = (): Patience | undefined => current.getStore()
export const withPatience = <T>(patience: Patience, act: () => T): T => current.run(patience, act)

/** The same work, paused while nobody is logged in: a step of its own says so, and is done when it goes on. */
export async function* patiently(
  start: () => AsyncIterable<WorkEvent>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<WorkEvent> {
  const said: WorkEvent[] = []
  let sayMore: () => void = () => undefined
  const say = (event: WorkEvent) => {
    said.push(event)
    sayMore()
  }
  const patience: Patience = { signal, pause: pauses(clock, say) }
  const work = withPatience(patience, () => start()[Symbol.asyncIterator]())
  try {
    for (;;) {
      const next = withPatience(patience, () => work.next())
      let isThere = false
      const there = () => {
        isThere = true
      }
      // How it ends is asked below.
      const arrives = next.then(there, there)
      while (!isThere) {
        const saysMore = new Promise<void>(resolve => {
          sayMore = resolve
        })
        if (said.length === 0) await Promise.race([arrives, saysMore])
        yield* said.splice(0)
      }
      const { value, done } = await next
      yield* said.splice(0)
      if (done) return
      yield value
    }
  } finally {
    await withPatience(patience, () => work.return?.())
  }
}

/** Several calls may wait at once: the work is paused from the first to the last of them. */
function pauses(clock: Clock, say: (event: WorkEvent) => void): Patience['pause'] {
  let waiting = 0
  let times = 0
  return ({ message, hint }) => {
    if (waiting++ === 0) times++
    const report = reporter(clock, pauseStep(times), 'Paused until somebody logs in')
    if (waiting === 1) say(report('running', [message, hint].filter(Boolean).join(' ')))
    return () => {
      if (--waiting === 0) say(report('done', 'it goes on'))
    }
  }
}
