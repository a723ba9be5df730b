import type { RateProfile } from '../../../shared/features/simulator.ts'

/**
 * Records per second, some seconds after the start; Infinity for as fast as they are taken. `hours` is the pipeline's
 * day curve.
 */
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
      return (
        profile.fromPerSecond + (profile.toPerSecond - profile.fromPerSecond) * Math.min(1, seconds / profile.seconds)
      )
    case 'burst':
      return seconds % profile.everySeconds < profile.lastingSeconds ? profile.peakPerSecond : profile.basePerSecond
  }
}

/**
 * What the stream has shown that it takes. It begins low and doubles four times a second until something is throttled
 * (slow start); then it falls to nine tenths of what was accepted, and rises by a fiftieth a second while nothing is
 * throttled.
 */
export interface Adaption {
  /** Records a second that may be sent, retries included. */
  perSecond(nowMs: number): number
  onAnswer(accepted: number, throttled: number, nowMs: number): void
}

const START_PER_SECOND = 1_000
const DOUBLES_EVERY_MS = 250
const FALL = 0.9
const LEAST_PER_SECOND = 50
const RISE_A_SECOND = 0.02
/** One fall for all the answers of requests that were under way together. */
const FALL_EVERY_MS = 500
const SEEN_OVER_MS = 1_000

export function createAdaption(startMs: number): Adaption {
  let limit = START_PER_SECOND
  let slowStart = true
  let changedMs = startMs
  let fellMs = startMs
  let answers: { atMs: number; accepted: number }[] = []
  return {
    perSecond(nowMs) {
      if (slowStart) return START_PER_SECOND * 2 ** Math.min(20, (nowMs - startMs) / DOUBLES_EVERY_MS)
      limit *= 1 + (RISE_A_SECOND * (nowMs - changedMs)) / 1_000
      changedMs = nowMs
      return limit
    },
    onAnswer(accepted, throttled, nowMs) {
      answers = [...answers.filter(answer => answer.atMs > nowMs - SEEN_OVER_MS), { atMs: nowMs, accepted }]
      if (throttled === 0 || (!slowStart && nowMs - fellMs < FALL_EVERY_MS)) return
      const overMs = Math.max(DOUBLES_EVERY_MS, Math.min(SEEN_OVER_MS, nowMs - startMs))
      const seen = (answers.reduce((sum, answer) => sum + answer.accepted, 0) * 1_000) / overMs
      limit = Math.max(LEAST_PER_SECOND, FALL * (slowStart ? seen : Math.min(seen, limit)))
      slowStart = false
      changedMs = nowMs
      fellMs = nowMs
    },
  }
}
