import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Clock } from '../clock/clock.ts'
import type { Pace } from '../clock/pace.ts'
import { scopeKey } from './history.ts'
import type { Observed } from './record.ts'

/** A pipeline whose history is kept, and how seldom it is polled while nobody else does. */
export interface Recorded {
  scope: PipelineScope
  /** While something changes, and while all polls return the same. */
  everyMs: number
  atRestMs: number
}

/** After so many polls that returned the same, or failed, the next ones come seldom. */
const SAME_LOOKS = 3

/**
 * Polls pipelines for their history, whether a page watches or not: `ask` reads each part. What somebody watches
 * is recorded by that, and not asked for twice. A poll that fails leaves a gap. Ends with the signal.
 */
export async function recordAll(deps: {
  /** The pipelines as of now: targets come and go. */
  recorded: () => Promise<readonly Recorded[]>
  /** One poll of all parts of a pipeline; what it says of them, without its times. */
  poll: (scope: PipelineScope, signal: AbortSignal) => Promise<string>
  observed: Observed
  clock: Clock
  pace: Pace
  signal: AbortSignal
}): Promise<void> {
  const { observed, clock, pace, signal } = deps
  const states = new Map<string, { dueMs: number; said: string; same: number }>()
  while (!signal.aborted) {
    const pipelines = await deps.recorded()
    for (const { scope, everyMs, atRestMs } of pipelines) {
      const key = scopeKey(scope)
      const state = states.get(key) ?? { dueMs: Number.NEGATIVE_INFINITY, said: '', same: 0 }
      states.set(key, state)
      const interval = () => (state.same >= SAME_LOOKS ? atRestMs : everyMs)
      state.dueMs = Math.max(state.dueMs, (observed.seenMs(scope) ?? Number.NEGATIVE_INFINITY) + interval())
      if (clock.monotonic() < state.dueMs) continue
      const said = await deps.poll(scope, signal)
      if (signal.aborted) return
      state.same = said === state.said ? state.same + 1 : 0
      state.said = said
      state.dueMs = clock.monotonic() + interval()
    }
    const nextMs = Math.min(...pipelines.map(({ scope }) => states.get(scopeKey(scope))?.dueMs ?? clock.monotonic()))
    const waitMs = Number.isFinite(nextMs) ? nextMs - clock.monotonic() : LIST_TARGETS_MS
    const wakened = await pace.sleep(Math.min(LIST_TARGETS_MS, Math.max(LEAST_MS, waitMs)), signal)
    // Something was begun: what it does is polled closely.
    if (wakened) for (const state of states.values()) Object.assign(state, { dueMs: Number.NEGATIVE_INFINITY, same: 0 })
  }
}

const LIST_TARGETS_MS = 30_000
const LEAST_MS = 250
