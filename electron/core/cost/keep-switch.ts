import { randomUUID } from 'node:crypto'
import type { SwitchState } from '../../../shared/features/cost.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import { extended } from '../../../shared/limit.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import type { Clock } from '../clock/clock.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { keepLimit, limitOf } from '../switch/kept-limit.ts'
import { type Armed, arm, readSwitch } from '../switch/schedules.ts'
import { clusterStanding, stopOf } from '../switch/standing.ts'
import { asAction } from '../work/action.ts'

/**
 * How often a running console polls the switch, and moves it on. What it moves to is the same for every console that
 * polls at that moment, and one that another has just moved is left: two consoles do not undo each other.
 */
export const BEAT_MS = 300_000
/** Near its end it is polled more often: another console may have moved it. */
const NEAR_MS = 1_200_000
export const NEAR_BEAT_MS = 60_000
const SOONER_BY_MS = 60_000

/** How long until the switch is to be polled again. */
export const nextBeatMs = ({ stopAt }: SwitchState, nowMs: number): number =>
  stopAt !== null && Date.parse(stopAt) - nowMs < NEAR_MS ? NEAR_BEAT_MS : BEAT_MS

interface KeeperDeps {
  clock: Clock
  care: StateCare
}

/** Looks at the switch and moves it to where its limit has it now. */
export async function beat(
  { clock, care }: KeeperDeps,
  context: PipelineContext,
  signal: AbortSignal,
): Promise<SwitchState> {
  const armed = await readSwitch(context, signal)
  if (!armed) return unarmed({ clock, care }, context)
  const nowMs = clock.now()
  const standing = await clusterStanding(context, nowMs, signal)
  const state = (is: Armed, notMoved: string | null): SwitchState => ({
    at: new Date(nowMs).toISOString(),
    state: 'armed',
    limit: is.set,
    stopAt: new Date(is.stopAtMs).toISOString(),
    clusterId: is.clusterId,
    notMoved,
  })
  if (!standing) return state(armed, 'the cluster is not there any more')
  if (context.target.protection === 'read-only') return state(armed, `${context.target.title} is read-only`)
  const stopAtMs = stopOf(armed.set, standing, nowMs)
  const isOther = armed.clusterId !== standing.cluster.Id
  const moves = stopAtMs - armed.stopAtMs
  // What is due is left to AWS: it would be moved into the next minutes again and again.
  const isDue = stopAtMs <= nowMs && !isOther
  if (isDue || !(isOther || moves > BEAT_MS / 2 || moves < -SOONER_BY_MS)) return state(armed, null)
  const to = { ...armed, clusterId: standing.cluster.Id, stopAtMs }
  return state(await asUpkeep(context, () => arm(context, to, nowMs, signal)), null)
}

/** Whoever applied the limit has unlocked it: that it is moved on, and nothing else, is an action that nobody types. */
const asUpkeep = <T>({ target, spec }: PipelineContext, run: () => Promise<T>): Promise<T> =>
  asAction(
    { id: randomUUID(), operation: 'cost.keep', name: null, target: target.id, pipeline: spec.id, unlocked: true },
    run,
  )

function unarmed({ clock, care }: KeeperDeps, context: PipelineContext): SwitchState {
  const set = limitOf(context, care)
  return {
    at: new Date(clock.now()).toISOString(),
    state: set ? 'waiting' : 'off',
    limit: set ?? null,
    stopAt: null,
    clusterId: null,
    notMoved: null,
  }
}

/** Raises the limit by hours, and moves the end on by as much. @throws ExpectedError where nothing stops the cluster */
export async function extend(
  { clock, care }: KeeperDeps,
  context: PipelineContext,
  scope: PipelineScope,
  hours: number,
  signal: AbortSignal,
): Promise<SwitchState> {
  const armed = await readSwitch(context, signal)
  const nowMs = clock.now()
  const standing = armed && (await clusterStanding(context, nowMs, signal))
  if (!armed || !standing)
    throw new ExpectedError({
      code: 'not_found',
      message: `Nothing stops a cluster of ${scope.pipeline}: there is nothing to extend.`,
      hint: 'Set a limit: sluice limit --hours 4',
      retryable: false,
    })
  const set = extended(armed.set, hours, standing.cost.usdPerHour)
  await keepLimit(context, set, care, signal)
  const clusterId = standing.cluster.Id
  const moved = await arm(context, { set, clusterId, stopAtMs: stopOf(set, standing, nowMs) }, nowMs, signal)
  return {
    at: new Date(nowMs).toISOString(),
    state: 'armed',
    limit: set,
    stopAt: new Date(moved.stopAtMs).toISOString(),
    clusterId,
    notMoved: null,
  }
}
