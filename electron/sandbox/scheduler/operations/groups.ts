import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { restOperation } from '../../server/rest-json-protocol.ts'
import { ClientToken, Name } from '../schedule.ts'
import { findGroup, groupArn, type SchedulerState } from '../state.ts'

const Tags = z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().min(1).max(256) })).max(200)

/** A call that is repeated with its token is answered as it was before. */
export const createScheduleGroup = restOperation({
  name: 'CreateScheduleGroup',
  method: 'POST',
  path: '/schedule-groups/{Name}',
  input: z.strictObject({ Name, Tags: Tags.default([]), ClientToken: ClientToken.optional() }),
  run(state: SchedulerState, { Name: name, Tags: tags, ClientToken: clientToken }) {
    const there = state.groups.get(name)
    const isRepeated = there !== undefined && clientToken !== undefined && there.clientToken === clientToken
    if (there && !isRepeated) throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, 409)
    if (!there) {
      state.groups.set(name, { name, tags, createdMs: state.now(), ...(clientToken && { clientToken }) })
      state.save()
    }
    return { ScheduleGroupArn: groupArn(state, name) }
  },
})

export const getScheduleGroup = restOperation({
  name: 'GetScheduleGroup',
  method: 'GET',
  path: '/schedule-groups/{Name}',
  input: z.strictObject({ Name }),
  run(state: SchedulerState, { Name: name }) {
    const { createdMs } = findGroup(state, name)
    const CreationDate = new Date(createdMs)
    const LastModificationDate = CreationDate
    return { Arn: groupArn(state, name), Name: name, State: 'ACTIVE', CreationDate, LastModificationDate }
  },
})

/** With its schedules, at once; AWS takes a while, during which its state is DELETING. */
export const deleteScheduleGroup = restOperation({
  name: 'DeleteScheduleGroup',
  method: 'DELETE',
  path: '/schedule-groups/{Name}',
  query: { clientToken: { member: 'ClientToken' } },
  input: z.strictObject({ Name, ClientToken: ClientToken.optional() }),
  run(state: SchedulerState, { Name: name }) {
    findGroup(state, name)
    if (name === 'default') throw new AwsError('ValidationException', 'The default schedule group cannot be deleted.')
    state.groups.delete(name)
    for (const key of [...state.schedules.keys()]) if (key.startsWith(`${name}/`)) state.schedules.delete(key)
    state.save()
  },
})

export const listTagsForResource = restOperation({
  name: 'ListTagsForResource',
  method: 'GET',
  path: '/tags/{ResourceArn}',
  input: z.strictObject({
    ResourceArn: z.string().regex(/^arn:aws[a-z-]*:scheduler:[a-z0-9-]+:\d{12}:schedule-group\/[0-9a-zA-Z-_.]+$/),
  }),
  run(state: SchedulerState, { ResourceArn }) {
    const found = [...state.groups.values()].find(({ name }) => groupArn(state, name) === ResourceArn)
    if (!found) throw new AwsError('ResourceNotFoundException', `Resource ${ResourceArn} does not exist.`, 404)
    return { Tags: found.tags }
  },
})
