import type { WorkEvent } from '../../../shared/features/scope.ts'
import type { Clock } from '../clock/clock.ts'

/** Tells of one step of a piece of work: `tell('running', 'waiting for ACTIVE')`. */
export type Tell = (state: WorkEvent['state'], detail?: string, fraction?: number) => WorkEvent

export const teller =
  (clock: Clock, step: string, title: string): Tell =>
  (state, detail, fraction) => ({
    at: new Date(clock.now()).toISOString(),
    step,
    title,
    state,
    ...(detail !== undefined && { detail }),
    ...(fraction !== undefined && { fraction }),
  })
