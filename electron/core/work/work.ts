import type { WorkEvent } from '../../../shared/features/scope.ts'
import type { Clock } from '../clock/clock.ts'

/** Makes the event of one step of a piece of work: `report('running', 'waiting for ACTIVE')`. */
export type Report = (state: WorkEvent['state'], detail?: string, fraction?: number) => WorkEvent

export const reporter =
  (clock: Clock, step: string, title: string): Report =>
  (state, detail, fraction) => ({
    at: new Date(clock.now()).toISOString(),
    step,
    title,
    state,
    ...(detail !== undefined && { detail }),
    ...(fraction !== undefined && { fraction }),
  })
