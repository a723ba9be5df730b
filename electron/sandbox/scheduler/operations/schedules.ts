import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { restOperation } from '../../server/rest-json-protocol.ts'
import { ClientToken, checkDefinition, Definition, Name, type Schedule } from '../schedule.ts'
import { findGroup, findSchedule, keyOf, type SchedulerState, scheduleArn } from '../state.ts'

/** A call that is repeated with its token is answered as it was before. */
export const createSchedule = restOperation({
  name: 'CreateSchedule',
  method: 'POST',
  path: '/schedules/{Name}',
  input: Definition,
  run(state: SchedulerState, definition) {
    findGroup(state, definition.GroupName)
    const key = keyOf({ definition })
    const there = state.schedules.get(key)?.definition
    if (there) {
      if (definition.ClientToken === undefined || there.ClientToken !== definition.ClientToken)
        throw new AwsError('ConflictException', `Schedule ${definition.Name} already exists.`, 409)
      return { ScheduleArn: scheduleArn(state, key) }
    }
    const nowMs = state.now()
    checkDefinition(definition, nowMs)
    state.schedules.set(key, { definition, createdMs: nowMs, modifiedMs: nowMs, completed: false })
    state.save()
    return { ScheduleArn: scheduleArn(state, key) }
  },
})

/** With the whole definition: what is left out has its default again. */
export const updateSchedule = restOperation({
  name: 'UpdateSchedule',
  method: 'PUT',
  path: '/schedules/{Name}',
  input: Definition,
  run(state: SchedulerState, definition) {
    const { createdMs } = findSchedule(state, definition.GroupName, definition.Name)
    const nowMs = state.now()
    checkDefinition(definition, nowMs)
    state.schedules.set(keyOf({ definition }), { definition, createdMs, modifiedMs: nowMs, completed: false })
    state.save()
    return { ScheduleArn: scheduleArn(state, keyOf({ definition })) }
  },
})

const OF_GROUP = { groupName: { member: 'GroupName' } } as const

export const getSchedule = restOperation({
  name: 'GetSchedule',
  method: 'GET',
  path: '/schedules/{Name}',
  query: OF_GROUP,
  input: z.strictObject({ Name, GroupName: Name.default('default') }),
  run(state: SchedulerState, input) {
    const schedule = findSchedule(state, input.GroupName, input.Name)
    const { ClientToken: _, ...definition } = schedule.definition
    return { ...definition, ...placeAndTimes(state, schedule) }
  },
})

export const deleteSchedule = restOperation({
  name: 'DeleteSchedule',
  method: 'DELETE',
  path: '/schedules/{Name}',
  query: { ...OF_GROUP, clientToken: { member: 'ClientToken' } },
  input: z.strictObject({ Name, GroupName: Name.default('default'), ClientToken: ClientToken.optional() }),
  run(state: SchedulerState, input) {
    state.schedules.delete(keyOf(findSchedule(state, input.GroupName, input.Name)))
    state.save()
  },
})

const PAGE = 100

export const listSchedules = restOperation({
  name: 'ListSchedules',
  method: 'GET',
  path: '/schedules',
  query: {
    ScheduleGroup: { member: 'GroupName' },
    NamePrefix: { member: 'NamePrefix' },
    State: { member: 'State' },
    NextToken: { member: 'NextToken' },
    MaxResults: { member: 'MaxResults', number: true },
  },
  input: z.strictObject({
    GroupName: Name.optional(),
    NamePrefix: Name.optional(),
    State: z.enum(['ENABLED', 'DISABLED']).optional(),
    /** The key that the page before ended with. */
    NextToken: z.string().min(1).max(2_048).optional(),
    MaxResults: z.int().min(1).max(100).default(PAGE),
  }),
  run(state: SchedulerState, { GroupName, NamePrefix, State, NextToken, MaxResults }) {
    if (GroupName !== undefined) findGroup(state, GroupName)
    const found = [...state.schedules.values()]
      .filter(({ definition }) => GroupName === undefined || definition.GroupName === GroupName)
      .filter(({ definition }) => NamePrefix === undefined || definition.Name.startsWith(NamePrefix))
      .filter(({ definition }) => State === undefined || definition.State === State)
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .filter(schedule => NextToken === undefined || keyOf(schedule) > NextToken)
    const page = found.slice(0, MaxResults)
    const last = page.at(-1)
    return {
      Schedules: page.map(schedule => {
        const { Name: name, GroupName: group, State: is, Target } = schedule.definition
        return {
          Name: name,
          GroupName: group,
          State: is,
          Target: { Arn: Target.Arn },
          ...placeAndTimes(state, schedule),
        }
      }),
      ...(last && found.length > page.length && { NextToken: keyOf(last) }),
    }
  },
})

const placeAndTimes = (state: SchedulerState, schedule: Schedule) => ({
  Arn: scheduleArn(state, keyOf(schedule)),
  CreationDate: new Date(schedule.createdMs),
  LastModificationDate: new Date(schedule.modifiedMs),
})
