import { RateProfile } from '../../../shared/features/simulator.ts'

export const PROFILES: { value: RateProfile['kind']; label: string; description: string }[] = [
  { value: 'constant', label: 'Constant', description: 'The same rate all the time' },
  { value: 'ramp', label: 'Ramp', description: 'From one rate to another, then stays there' },
  { value: 'burst', label: 'Burst', description: 'A base rate with peaks at an interval' },
  { value: 'day', label: 'Day', description: 'The rush hours of a day, compressed' },
  { value: 'max', label: 'Maximum throughput', description: 'Adapts to throttling' },
]

/** All that any profile asks for, as typed. Rates are records per second. */
export interface ProfileText {
  kind: RateProfile['kind']
  rate: string
  from: string
  peak: string
  seconds: string
  every: string
}

export const profileText = (profile: RateProfile): ProfileText => ({
  kind: profile.kind,
  rate: 'perSecond' in profile ? String(profile.perSecond) : '600',
  from: '100',
  peak: '1500',
  seconds: '60',
  every: '30',
})

type Parsed = { ok: true; value: RateProfile } | { ok: false; problem: string }

/** The profile that was typed, or what is wrong with it. */
export function parseProfile(text: ProfileText): Parsed {
  const [rate, from, peak, seconds, every] = [text.rate, text.from, text.peak, text.seconds, text.every].map(Number)
  const candidates: Record<RateProfile['kind'], unknown> = {
    max: { kind: 'max' },
    constant: { kind: 'constant', perSecond: rate },
    ramp: { kind: 'ramp', fromPerSecond: from, toPerSecond: rate, seconds },
    burst: { kind: 'burst', basePerSecond: rate, peakPerSecond: peak, everySeconds: every, lastingSeconds: 5 },
    day: { kind: 'day', meanPerSecond: rate, daySeconds: seconds },
  }
  const parsed = RateProfile.safeParse(candidates[text.kind])
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, problem: 'Rates and seconds are numbers above 0.' }
}

/**
 * The rate at a time of a profile, as the curve shows it. The simulator's own answer for a day follows the pipeline's
 * hours.
 */
export function shownRate(profile: RateProfile, seconds: number): number | undefined {
  switch (profile.kind) {
    case 'constant':
      return profile.perSecond
    case 'ramp':
      return (
        profile.fromPerSecond + (profile.toPerSecond - profile.fromPerSecond) * Math.min(1, seconds / profile.seconds)
      )
    case 'burst':
      return seconds % profile.everySeconds < profile.lastingSeconds ? profile.peakPerSecond : profile.basePerSecond
    case 'day':
    case 'max':
      return undefined
  }
}
