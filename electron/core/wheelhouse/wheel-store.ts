import type { Wheel } from '../../../shared/job/wheel-lock.ts'

/** Wheels on this machine: a host brings it. */
export interface WheelStore {
  /** Which of them are there already. */
  cached(wheels: readonly Wheel[]): Promise<Wheel[]>
  /** The path of a wheel, whose hash is right; fetched where it is not there, with how much has come so far. */
  fetch(wheel: Wheel, signal: AbortSignal): AsyncGenerator<number, string>
}
