import type { StepCause } from '../../../shared/features/jobs.ts'

/** A failure that is known by what the log says of it. */
export interface KnownFailure {
  kind: StepCause['kind']
  pattern: RegExp
  said: (found: RegExpExecArray) => string
  next: string
}

/** With one full stop at its end, and not too long for a line. */
export const sentence = (text: string): string => {
  const short = text.trim().replace(/\s+/g, ' ').slice(0, 240)
  return /[.!?]$/.test(short) ? short : `${short}.`
}

/** One pattern of several; their groups count on. */
export const anyOf = (...patterns: readonly RegExp[]): RegExp =>
  new RegExp(patterns.map(pattern => pattern.source).join('|'))
