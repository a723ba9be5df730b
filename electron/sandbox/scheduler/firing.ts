import { dueMs, type Schedule, targetOf } from './schedule.ts'
import { keyOf, type SchedulerState } from './state.ts'

/** Calls an operation of EMR as the schedule's role; what EMR refuses is thrown. */
export type Invoke = (operation: string, input: unknown) => Promise<void>

/**
 * How often due schedules are polled. EventBridge Scheduler invokes within the minute (User Guide, "Schedule types": 60
 * second precision); the sandbox within its first second.
 */
const LOOK_EVERY_MS = 1_000
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

/**
 * Invokes what is due, whether anybody asks for it or not. A schedule whose time passed while the sandbox was not
 * running is invoked when it runs again. It is measured on the wall clock, as a schedule names a time of it.
 */
export function startFiring(options: { state: SchedulerState; invoke: Invoke; log: (line: string) => void }) {
  const { state, log } = options
  let looking: NodeJS.Timeout | undefined
  let atWork: Promise<void> = Promise.resolve()

  async function fireDue(): Promise<void> {
    for (const schedule of [...state.schedules.values()]) {
      const nowMs = state.now()
      if (schedule.completed || schedule.definition.State === 'DISABLED') continue
      if ((schedule.invocation?.nextMs ?? dueMs(schedule.definition)) > nowMs) continue
      await fire(schedule, nowMs)
    }
  }

  async function fire(schedule: Schedule, nowMs: number): Promise<void> {
    const { definition } = schedule
    const begun = schedule.invocation ?? { dueMs: nowMs, attempts: 0, nextMs: nowMs }
    let refused: string | undefined
    try {
      await options.invoke(targetOf(definition.Target.Arn), JSON.parse(definition.Target.Input ?? '{}'))
    } catch (error) {
      refused = error instanceof Error ? error.message : String(error)
    }
    // It was changed or deleted meanwhile: what is there now counts.
    if (state.schedules.get(keyOf(schedule)) !== schedule) return
    const { MaximumEventAgeInSeconds, MaximumRetryAttempts } = definition.Target.RetryPolicy
    const attempts = begun.attempts + 1
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** begun.attempts)
    const isOver = attempts > MaximumRetryAttempts || nowMs + waitMs - begun.dueMs > MaximumEventAgeInSeconds * 1_000
    if (refused !== undefined)
      log(`scheduler: ${keyOf(schedule)} was refused: ${refused}${isOver ? ' It is given up.' : ''}`)
    if (refused !== undefined && !isOver)
      state.schedules.set(keyOf(schedule), {
        ...schedule,
        invocation: { dueMs: begun.dueMs, attempts, nextMs: nowMs + waitMs },
      })
    else if (definition.ActionAfterCompletion === 'DELETE') state.schedules.delete(keyOf(schedule))
    else state.schedules.set(keyOf(schedule), { ...schedule, invocation: undefined, completed: true })
    state.save()
  }

  const look = () => {
    atWork = atWork.then(fireDue).catch(error => log(`error: scheduler: ${String(error)}`))
  }
  return {
    /** Looks for what is due while there is something to wait for. */
    changed(): void {
      const waits = [...state.schedules.values()].some(({ completed }) => !completed)
      if (waits === (looking !== undefined)) return
      clearInterval(looking)
      looking = waits ? setInterval(look, LOOK_EVERY_MS) : undefined
      if (waits) look()
    },
    async close(): Promise<void> {
      clearInterval(looking)
      await atWork
    },
  }
}
