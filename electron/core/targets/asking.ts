import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Who asks, as the page Calls says it. Of `watch` (a page or a command that follows), `history` and `limit` (core by
 * itself) each service has a budget; `ask` is what somebody asked for once, `work` what he began.
 */
export interface Asking {
  by: 'watch' | 'ask' | 'work' | 'history' | 'limit'
  /** The operation of core that was asked for: `lag.watch`. */
  name: string
}

const current = new AsyncLocalStorage<Asking>()
export const currentAsking = (): Asking | undefined => current.getStore()
export const asking = <T>(who: Asking, act: () => T): T => current.run(who, act)

/** The same items; what is called for each of them is asked for by `who`. */
export async function* askingEach<T>(who: Asking, start: () => AsyncIterable<T>): AsyncGenerator<T> {
  const items = asking(who, () => start()[Symbol.asyncIterator]())
  try {
    for (;;) {
      const { value, done } = await asking(who, () => items.next())
      if (done) return
      yield value
    }
  } finally {
    await asking(who, () => items.return?.())
  }
}
