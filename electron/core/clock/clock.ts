import type { Times } from '../../../shared/time/times.ts'

/** Time, from outside: services never read the clock themselves. */
export interface Clock extends Times {
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
