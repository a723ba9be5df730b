import { useSyncExternalStore } from 'react'

let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // What the timer has not told since the last one left.
  now = Date.now()
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/**
 * What `tell` makes of the time, looked at every second: whoever asks is drawn again only when that has changed. One
 * timer for all, and none while nobody asks.
 */
export const useTold = <T extends string | number | boolean>(tell: (nowMs: number) => T): T =>
  useSyncExternalStore(subscribe, () => tell(now))
