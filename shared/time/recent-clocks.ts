import { JUMP_MS } from './clock-jumps.ts'
import type { Times } from './times.ts'

/**
 * How long a request that was under way when the wall clock was set may still carry a time of the clock as it was
 * before.
 */
const UNDER_WAY_MS = 60_000

/** Gives wall time first, then the times that it would have without what it was set by within the last minute. */
export function recentClocks(times: Times): () => number[] {
  let offsetMs = times.now() - times.monotonic()
  let before: { offsetMs: number; untilMs: number }[] = []
  return () => {
    const atMs = times.monotonic()
    const nowMs = times.now()
    if (Math.abs(nowMs - atMs - offsetMs) > JUMP_MS) before.push({ offsetMs, untilMs: atMs + UNDER_WAY_MS })
    offsetMs = nowMs - atMs
    before = before.filter(entry => atMs < entry.untilMs)
    return [nowMs, ...before.map(entry => atMs + entry.offsetMs)]
  }
}
