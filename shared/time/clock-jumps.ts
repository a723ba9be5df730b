import type { Times } from './times.ts'

/** The wall clock was set, or the machine slept without its monotonic clock. */
export interface ClockJump {
  /** Wall time after it. */
  atMs: number
  /** By how much the wall clock went on more than the time that passed; negative when it went back. */
  byMs: number
}

/** How often the two clocks are compared. */
const CHECK_EVERY_MS = 1_000
/**
 * Less is a time service that slews the clock (500 ppm: half a millisecond a second), or a process that did not run
 * between two readings.
 */
export const JUMP_MS = 2_000

/** Compares the clocks each time it is called; a jump since the last time, if there was one. */
export function clockJumps(times: Times): () => ClockJump | undefined {
  const offset = () => times.now() - times.monotonic()
  let beforeMs = offset()
  return () => {
    const offsetMs = offset()
    const byMs = offsetMs - beforeMs
    beforeMs = offsetMs
    return Math.abs(byMs) > JUMP_MS ? { atMs: times.now(), byMs: Math.round(byMs) } : undefined
  }
}

/** Reports each jump, once a process. Returns what ends it; it keeps no process alive. */
export function watchClock(times: Times, onJump: (jump: ClockJump) => void): () => void {
  const jumped = clockJumps(times)
  const timer = setInterval(() => {
    const jump = jumped()
    if (jump) onJump(jump)
  }, CHECK_EVERY_MS)
  // In a page timers are numbers; there they hold nothing.
  if (typeof timer === 'object') timer.unref()
  return () => clearInterval(timer)
}

/** A jump in words, with what goes on and what does not. */
export function jumpText({ atMs, byMs }: ClockJump): { title: string; detail: string } {
  const back = byMs < 0
  return {
    title:
      `The clock of this machine was set ${back ? 'back' : 'forward'} by ${spanText(Math.abs(byMs))}, to ` +
      `${new Date(atMs).toISOString()}`,
    detail: back
      ? 'Work goes on. Records of a shard keep the arrival time of the last one until the clock has caught up, and ' +
        'times on this page overlap.'
      : 'Work goes on (the machine may have been asleep). Ages that are measured from earlier times are too great ' +
        'by as much.',
  }
}

/** A length of time in its two greatest units: 1 h 0 min, 2 d 3 h, 45 s. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (days > 0) return `${days} d ${hours % 24} h`
  if (hours > 0) return `${hours} h ${minutes % 60} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
