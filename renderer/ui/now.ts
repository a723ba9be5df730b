import { useSyncExternalStore } from 'react'

let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // The timer stood still since the last listener left.
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
 * What `of` makes of the time, computed every second: a component is drawn again only when that has changed. One timer
 * for all, and none while no component uses it.
 */
export const useNow = <T extends string | number | boolean>(of: (nowMs: number) => T): T =>
  useSyncExternalStore(subscribe, () => of(now))
