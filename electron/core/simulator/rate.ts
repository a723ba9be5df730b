import type { RateProfile } from '../../../shared/features/simulator.ts'

/** Records per second, some seconds after the start; Infinity for as fast as they are taken. `hours` is the pipeline's day curve. */
export function rateAt(profile: RateProfile, seconds: number, hours: readonly number[]): number {
  switch (profile.kind) {
    case 'max':
      return Number.POSITIVE_INFINITY
    case 'constant':
      return profile.perSecond
    case 'day': {
      const hour = ((seconds / profile.daySeconds) % 1) * hours.length
      const [from = 1, to = 1] = [hours[Math.floor(hour)], hours[(Math.floor(hour) + 1) % hours.length]]
      const mean = hours.reduce((sum, weight) => sum + weight, 0) / hours.length
      return (profile.meanPerSecond * (from + (to - from) * (hour % 1))) / mean
    }
    case 'ramp':
      return profile.fromPerSecond + (profile.toPerSecond - profile.fromPerSecond) * Math.min(1, seconds / profile.seconds)
    case 'burst':
      return seconds % profile.everySeconds < profile.lastingSeconds ? profile.peakPerSecond : profile.basePerSecond
  }
}

/**
 * What the stream has shown that it takes: falls by a tenth when an answer was throttled, rises by a fiftieth a second when none was.
 * Additive increase would be too slow for hundreds of shards; this finds its level within some seconds at any size.
 */
export interface Adaption {
  perSecond(): number
  onAnswer(accepted: number, throttled: number, nowMs: number): void
}

const FALL = 0.9
const RISE_A_SECOND = 0.02
/** One fall for all the answers of requests that were under way together. */
const FALL_EVERY_MS = 200

export function createAdaption(): Adaption {
  let limit = Number.POSITIVE_INFINITY
  let fellAtMs = 0
  let roseAtMs = 0
  let window = { sinceMs: 0, accepted: 0 }
  return {
    perSecond: () => limit,
    onAnswer(accepted, throttled, nowMs) {
      if (nowMs - window.sinceMs > 1_000) window = { sinceMs: nowMs, accepted: 0 }
      window.accepted += accepted
      if (throttled > 0) {
        if (nowMs - fellAtMs < FALL_EVERY_MS) return
        const seen = (window.accepted * 1_000) / Math.max(250, nowMs - window.sinceMs)
        limit = limit === Number.POSITIVE_INFINITY ? Math.max(100, seen) : Math.max(50, limit * FALL)
        fellAtMs = nowMs
        roseAtMs = nowMs
      } else if (limit !== Number.POSITIVE_INFINITY) {
        limit *= 1 + RISE_A_SECOND * Math.min(1, (nowMs - roseAtMs) / 1_000)
        roseAtMs = nowMs
      }
    },
  }
}
