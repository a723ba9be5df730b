import type { SwitchState } from '../../../shared/features/cost.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Target } from '../../../shared/features/targets.ts'
import type { Clock } from '../clock/clock.ts'
import { nextBeatMs } from './keep-switch.ts'
import type { SeenSwitches } from './seen-switches.ts'

/** A console that has just been opened is about to be asked for other things. */
const FIRST_LOOK_MS = 10_000
/** How often the due switches are polled. */
const ROUND_MS = 60_000

/**
 * Moves the switches of all pipelines on while this core runs: of the sandbox, and of the AWS accounts that somebody
 * has opened.
 */
export async function keepSwitches(options: {
  look: (scope: PipelineScope, signal: AbortSignal) => Promise<SwitchState>
  seen: SeenSwitches
  targets: () => Promise<readonly Target[]>
  pipelines: () => Promise<readonly string[]>
  isOpened: (scope: PipelineScope) => boolean
  clock: Clock
  log: (line: string) => void
  signal: AbortSignal
}): Promise<void> {
  const { clock, seen, signal } = options
  const dueMs = new Map<string, number>()

  async function lookAt(scope: PipelineScope): Promise<void> {
    const key = JSON.stringify(scope)
    const isChanged = seen.takeChanged(scope)
    if (!isChanged && (dueMs.get(key) ?? 0) > clock.monotonic()) return
    try {
      dueMs.set(key, clock.monotonic() + nextBeatMs(await options.look(scope, signal), clock.now()))
    } catch (error) {
      if (signal.aborted) return
      // EventBridge Scheduler stops the cluster all the same: only that it is not moved on is to be known.
      options.log(`the limit of ${scope.pipeline} on ${scope.target} is not polled: ${String(error)}`)
      dueMs.set(key, clock.monotonic() + ROUND_MS)
    }
  }

  await clock.sleep(FIRST_LOOK_MS, signal)
  while (!signal.aborted) {
    const [targets, pipelines] = await Promise.all([options.targets(), options.pipelines()])
    for (const { id, kind, problem } of targets)
      for (const pipeline of pipelines) {
        const scope = { target: id, pipeline }
        if (problem === undefined && (kind === 'sandbox' || options.isOpened(scope))) await lookAt(scope)
      }
    await seen.sleep(ROUND_MS, signal)
  }
}
