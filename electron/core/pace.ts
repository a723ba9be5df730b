import type { Clock } from './pipeline-context.ts'

/** How often what may change is asked for: often while it does, seldom while nothing happens. */
export interface Pace {
  /** Something was begun here: whoever rests looks again now. */
  wake(): void
  /** Waits before the next look; less when `wake` is called. Returns whether it was. */
  sleep(ms: number, signal: AbortSignal): Promise<boolean>
}

export function createPace(clock: Clock): Pace {
  let woken = new AbortController()
  return {
    wake() {
      woken.abort()
      woken = new AbortController()
    },
    async sleep(ms, signal) {
      const early = woken.signal
      try {
        await clock.sleep(ms, AbortSignal.any([signal, early]))
        return false
      } catch (error) {
        if (signal.aborted || !early.aborted) throw error
        return true
      }
    },
  }
}

/** After so many looks that saw the same, they become this many times rarer: after eight seconds, and after another minute. */
const RESTS: readonly { same: number; times: number }[] = [
  { same: 20, times: 15 },
  { same: 8, times: 5 },
]

/**
 * Asks again and again and yields every answer. `signature` tells whether an answer says anything new; while it says the same, it is asked for
 * less often, until `wake`.
 */
export async function* watching<T>(watch: {
  ask: () => Promise<T>
  signature: (value: T) => string
  everyMs: number
  pace: Pace
  signal: AbortSignal
  /** Uniform in [0, 1): lets the looks come irregularly, so that what repeats with the same period is not seen at one phase of it for long. */
  random?: () => number
}): AsyncGenerator<T> {
  let last: string | undefined
  let same = 0
  while (!watch.signal.aborted) {
    const value = await watch.ask()
    yield value
    const signature = watch.signature(value)
    same = signature === last ? same + 1 : 0
    last = signature
    const rest = RESTS.find(entry => same >= entry.same)?.times ?? 1
    // What was begun is looked at with the ordinary pace for a while.
    const everyMs = watch.everyMs * (watch.random ? 0.5 + watch.random() : 1)
    if (await watch.pace.sleep(everyMs * rest, watch.signal)) same = 0
  }
}
