import { join } from 'node:path'
import { z } from 'zod'
import type { StateCare } from '../../../shared/state/damage.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'
import { AwsError } from '../server/aws-error.ts'
import { Group, Schedule } from './schedule.ts'

const Kept = z.object({ groups: z.array(Group), schedules: z.array(Schedule) })

/** What the operations of EventBridge Scheduler see. */
export interface SchedulerState {
  account: string
  region: string
  now: () => number
  groups: Map<string, Group>
  /** By `group/name`. */
  schedules: Map<string, Schedule>
  /** Puts on disk what is there now; on disk when it returns. */
  save(): void
}

/** @throws DamagedState */
export function openSchedulerState(options: {
  dir: string
  account: string
  region: string
  now: () => number
  care: StateCare
}): SchedulerState {
  const file = join(options.dir, 'schedules.json')
  const lost = 'the schedules: what they would have called is not called'
  const kept = readJsonFile(file, { schema: Kept, care: options.care, lost, canGoOn: false })
  // The group that every account has (User Guide, "Managing a schedule group").
  const groups = kept?.groups ?? [{ name: 'default', tags: [], createdMs: options.now() }]
  const state: SchedulerState = {
    ...options,
    groups: new Map(groups.map(group => [group.name, group])),
    schedules: new Map((kept?.schedules ?? []).map(schedule => [keyOf(schedule), schedule])),
    save: () => writeJsonFile(file, { groups: [...state.groups.values()], schedules: [...state.schedules.values()] }),
  }
  return state
}

export const keyOf = ({ definition: { GroupName, Name } }: Pick<Schedule, 'definition'>): string =>
  `${GroupName}/${Name}`

export const groupArn = ({ region, account }: SchedulerState, name: string): string =>
  `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`
export const scheduleArn = ({ region, account }: SchedulerState, key: string): string =>
  `arn:aws:scheduler:${region}:${account}:schedule/${key}`

/** @throws AwsError `ResourceNotFoundException` */
export function findGroup(state: SchedulerState, name: string): Group {
  const found = state.groups.get(name)
  if (!found) throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404)
  return found
}

/** @throws AwsError `ResourceNotFoundException` */
export function findSchedule(state: SchedulerState, group: string, name: string): Schedule {
  findGroup(state, group)
  const found = state.schedules.get(`${group}/${name}`)
  if (!found) throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404)
  return found
}
