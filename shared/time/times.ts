/**
 * The two times of a program. Somebody may set the wall clock, or a time service corrects it, at any moment and both
 * ways: so what is shown, stored or sent to AWS is wall time, and every interval (limits, pauses, patience, the age of
 * what is held) is measured on the monotonic clock.
 */
export interface Times {
  /** Wall time, ms since the epoch. */
  now(): number
  /** Ms since some moment of this process: never goes back, and does not follow the wall clock. */
  monotonic(): number
}

/** The times of this process. */
export const processTimes: Times = { now: () => Date.now(), monotonic: () => performance.now() }

/**
 * Wall time as it was when this was made, and has gone on since: it does not follow a wall clock that is set meanwhile.
 * For what lives no longer than the process and needs a time that others can compare, such as the age of a token.
 */
export function steadyTime(times: Times): () => number {
  const atStartMs = times.now() - times.monotonic()
  return () => atStartMs + times.monotonic()
}

/**
 * The earlier of wall time and steady time, for what may be removed for its age: a clock that was set forward by
 * mistake must not remove what is not old. Set right again, nothing is lost; left so, it counts from the next start on.
 */
export function ageingTime(times: Times): () => number {
  const steady = steadyTime(times)
  return () => Math.min(times.now(), steady())
}
