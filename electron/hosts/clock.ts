import { setTimeout as delay } from 'node:timers/promises'
import { processTimes } from '../../shared/time/times.ts'
import type { Clock } from '../core/clock/clock.ts'

/** The real clock. A sleep that is aborted rejects with an AbortError. */
export const systemClock: Clock = {
  ...processTimes,
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
}
