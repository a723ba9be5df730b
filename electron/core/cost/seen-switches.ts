import type { SwitchState } from '../../../shared/features/cost.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Clock } from '../clock/clock.ts'

/** What was last seen of each pipeline's switch, for whoever waits for news of it. */
export interface SeenSwitches {
  found(scope: PipelineScope, state: SwitchState): SwitchState
  /** It was changed by work that ended: what was seen of it counts no more. */
  changed(scope: PipelineScope): void
  last(scope: PipelineScope): SwitchState | undefined
  /** Whether it was changed since this was last asked. */
  takeChanged(scope: PipelineScope): boolean
  /** Sleeps, or until something was found or changed. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export function createSeenSwitches(clock: Clock): SeenSwitches {
  const seen = new Map<string, SwitchState>()
  const changed = new Set<string>()
  let news = new AbortController()
  const tell = () => {
    news.abort()
    news = new AbortController()
  }
  return {
    found(scope, state) {
      seen.set(keyOf(scope), state)
      tell()
      return state
    },
    changed(scope) {
      seen.delete(keyOf(scope))
      changed.add(keyOf(scope))
      tell()
    },
    last: scope => seen.get(keyOf(scope)),
    takeChanged: scope => changed.delete(keyOf(scope)),
    async sleep(ms, signal) {
      const early = news.signal
      try {
        await clock.sleep(ms, AbortSignal.any([signal, early]))
      } catch (error) {
        if (signal.aborted || !early.aborted) throw error
      }
    },
  }
}

const keyOf = ({ target, pipeline }: PipelineScope): string => JSON.stringify([target, pipeline])
