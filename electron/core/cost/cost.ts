import type { costContract, SwitchState } from '../../../shared/features/cost.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { ServiceOf } from '../../../shared/rpc/contract.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import type { Clock } from '../clock/clock.ts'
import type { ContextOf } from '../pipeline-context.ts'
import type { SourceOf } from '../sources/source.ts'
import { costItems, LEFT_OUT } from './cost-items.ts'
import { beat, extend, nextBeatMs } from './keep-switch.ts'
import { createSeenSwitches, type SeenSwitches } from './seen-switches.ts'

export interface CostDeps {
  contextOf: ContextOf
  clock: Clock
  care: StateCare
  sourceOf: SourceOf
}

export interface CostFeature {
  service: ServiceOf<typeof costContract>
  seen: SeenSwitches
  /** Looks at a switch, and moves it to where its limit has it now. */
  look(scope: PipelineScope, signal: AbortSignal): Promise<SwitchState>
}

/** What runs costs, and what stops it after a limit. */
export function createCostFeature(deps: CostDeps): CostFeature {
  const { contextOf, clock } = deps
  const seen = createSeenSwitches(clock)
  const look = async ({ target, pipeline }: PipelineScope, signal: AbortSignal): Promise<SwitchState> =>
    seen.found({ target, pipeline }, await beat(deps, await contextOf({ target, pipeline }), signal))
  const service: CostFeature['service'] = {
    async read(scope, { signal }) {
      const context = await contextOf(scope)
      const nowMs = clock.now()
      const [items, state] = await Promise.all([costItems(context, deps.sourceOf, nowMs, signal), look(scope, signal)])
      return {
        at: new Date(nowMs).toISOString(),
        items,
        leftOut: LEFT_OUT,
        usdPerHour: items.reduce((sum, { usdPerHour }) => sum + (usdPerHour ?? 0), 0),
        usdSoFar: items.reduce((sum, { usdSoFar }) => sum + (usdSoFar ?? 0), 0),
        estimated: true,
        switch: state,
      }
    },
    async *watchSwitch(scope, { signal }) {
      let last: SwitchState | undefined
      while (!signal.aborted) {
        const known = seen.last(scope)
        const state = known && isFresh(known, clock.now()) ? known : await look(scope, signal)
        if (said(state) !== said(last)) yield state
        last = state
        await seen.sleep(nextBeatMs(state, clock.now()), signal)
      }
    },
    async extend({ hours, ...scope }, { signal }) {
      const context = await contextOf(scope)
      return seen.found(scope, await extend(deps, context, scope, hours, signal))
    },
  }
  return { service, seen, look }
}

const FRESH_MS = 60_000
const isFresh = ({ at }: SwitchState, nowMs: number): boolean => nowMs - Date.parse(at) < FRESH_MS
const said = (state: SwitchState | undefined): string => JSON.stringify({ ...state, at: '' })
