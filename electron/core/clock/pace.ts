import type { Clock } from '../clock/clock.ts'

/** How often what may change is asked for: often while it does, seldom while nothing happens. */
export interface Pace {
  /** Something was begun here: whoever is idle polls again now. */
  wake(): void
  /** Waits before the next poll; less when `wake` is called. Returns whether it was. */
  sleep(ms: number, signal: AbortSignal): Promise<boolean>
  /**
   * The same until the next beat, a whole multiple of `ms` of the monotonic clock: idle polls come at one moment,
   * and are shown at one.
   */
  sleepToBeat(ms: number, signal: AbortSignal): Promise<boolean>
}

/** A beat that is nearer than this part of the time between two is passed over: a timer may come a little early. */
const TOO_NEAR = 0.25

export function createPace(clock: Clock): Pace {
  let woken = new AbortController()
  const sleep = async (ms: number, signal: AbortSignal) => {
    const early = woken.signal
    try {
      await clock.sleep(ms, AbortSignal.any([signal, early]))
      return false
    } catch (error) {
      if (signal.aborted || !early.aborted) throw error
      return true
    }
  }
  return {
    wake() {
      woken.abort()
      woken = new AbortController()
    },
    sleep,
    sleepToBeat(ms, signal) {
      const left = ms - (clock.monotonic() % ms)
      return sleep(left < ms * TOO_NEAR ? left + ms : left, signal)
    },
  }
}

/**
 * After so many polls that returned the same, they become this many times rarer: after eight seconds, and after another
 * minute.
 */
const IDLE_PACES: readonly { same: number; times: number }[] = [
  { same: 20, times: 15 },
  { same: 8, times: 5 },
]

/** Where even an ordinary poll is rare (polls.ts), an idle pause is no more than this, else no longer than a poll. */
const LONGEST_REST_MS = 15_000
const restMs = (everyMs: number, times: number): number => Math.max(everyMs, Math.min(everyMs * times, LONGEST_REST_MS))

/**
 * Asks again and again and yields every answer. `signature` is what an answer says; while it says
 * the same, it is asked for less often, until `wake`.
 */
export async function* watching<T>(watch: {
  ask: () => Promise<T>
  signature: (value: T) => string
  everyMs: number
  pace: Pace
  signal: AbortSignal
  /**
   * Uniform in [0, 1): lets the polls come irregularly until they are idle, so that what repeats with the same period
   * is not seen at one phase of it for long.
   */
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
    const times = IDLE_PACES.find(entry => same >= entry.same)?.times
    const wakened = times
      ? await watch.pace.sleepToBeat(restMs(watch.everyMs, times), watch.signal)
      : await watch.pace.sleep(watch.everyMs * (watch.random ? 0.5 + watch.random() : 1), watch.signal)
    // What was begun is polled with the ordinary pace for a while.
    if (wakened) same = 0
  }
}
