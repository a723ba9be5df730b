import { setTimeout as delay } from 'node:timers/promises'

/** Whether records arrived since the last plan, over all shards. */
export interface Arrivals {
  arrived(): void
  /** What has arrived until now is planned. */
  planned(): void
  /** Resolves when something arrived that is not planned, or after `ms`. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function createArrivals(): Arrivals {
  let count = 0
  let countPlanned = 0
  let wake: () => void = () => undefined
  return {
    arrived() {
      count++
      wake()
    },
    planned() {
      countPlanned = count
    },
    async wait(ms, signal) {
      if (count !== countPlanned) return
      const arrived = new Promise<void>(resolve => {
        wake = resolve
      })
      await Promise.race([arrived, delay(ms, undefined, { signal })]).catch(error => {
        if (!signal.aborted) throw error
      })
    },
  }
}
