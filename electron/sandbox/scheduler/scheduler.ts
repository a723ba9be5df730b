import type { StateCare } from '../../../shared/state/damage.ts'
import type { SandboxService } from '../server/exchange.ts'
import { type RestJsonOperation, restJsonService } from '../server/rest-json-protocol.ts'
import { type Invoke, startFiring } from './firing.ts'
import { createScheduleGroup, deleteScheduleGroup, getScheduleGroup, listTagsForResource } from './operations/groups.ts'
import { createSchedule, deleteSchedule, getSchedule, listSchedules, updateSchedule } from './operations/schedules.ts'
import { openSchedulerState, type SchedulerState } from './state.ts'

const OPERATIONS: readonly RestJsonOperation<SchedulerState>[] = [
  createSchedule,
  createScheduleGroup,
  deleteSchedule,
  deleteScheduleGroup,
  getSchedule,
  getScheduleGroup,
  listSchedules,
  listTagsForResource,
  updateSchedule,
]

const LIMIT_BYTES = 1024 * 1024

/** Opens EventBridge Scheduler on its folder: one-time schedules that call EMR, whether a console runs or not. */
export async function openScheduler(options: {
  dir: string
  account: string
  region: string
  now: () => number
  care: StateCare
  invoke: Invoke
  log: (line: string) => void
}): Promise<SandboxService> {
  const state = openSchedulerState(options)
  const firing = startFiring({ state, invoke: options.invoke, log: options.log })
  const save = state.save
  state.save = () => {
    save()
    firing.changed()
  }
  // A repair opens the records and starts nothing.
  if (!options.care.repairs) firing.changed()
  return restJsonService({
    signingName: 'scheduler',
    state,
    operations: OPERATIONS,
    limitBytes: LIMIT_BYTES,
    close: firing.close,
  })
}
