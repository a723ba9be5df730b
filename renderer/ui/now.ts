import { useSyncExternalStore } from 'react'

let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** The time, to the second: one timer for all that tell how long ago something was, and none while nothing does. */
export const useNow = (): number =>
  useSyncExternalStore(
    listener => {
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
    },
    () => now,
  )
