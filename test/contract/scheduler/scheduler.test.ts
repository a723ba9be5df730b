import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openScheduler } from '../../../electron/sandbox/scheduler/scheduler.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'
import { waiting } from '../../fixture/waiting.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

const START = Date.parse('2026-12-01T12:00:00Z')
const place = { account: '000000000000', region: 'us-east-1' }
let nowMs = START
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let served: Awaited<ReturnType<typeof serveServices>>
let scheduler: SchedulerClient
let called: { operation: string; input: unknown }[]
let refusals: number

async function open() {
  const service = await openScheduler({
    dir: folder.path,
    ...place,
    now: () => nowMs,
    care: careUnderTest().care,
    log: () => undefined,
    async invoke(operation, input) {
      if (refusals-- > 0) throw new Error('Could not shut down')
      called.push({ operation, input })
    },
  })
  served = await serveServices([service])
  const { endpoint } = served
  scheduler = new SchedulerClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 })
}

async function close() {
  scheduler.destroy()
  await served.close()
  expect(served.crashes).toEqual([])
}

beforeEach(async () => {
  nowMs = START
  called = []
  refusals = 0
  folder = await temporaryFolder()
  await open()
})
afterEach(async () => {
  await close()
  await folder.remove()
})

const target = {
  Arn: 'arn:aws:scheduler:::aws-sdk:emr:terminateJobFlows',
  RoleArn: 'arn:aws:iam::000000000000:role/stop',
  Input: JSON.stringify({ JobFlowIds: ['j-1'] }),
}
const schedule = (change: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
  Name: 'stop',
  ScheduleExpression: 'at(2026-12-01T13:00:00)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: target,
  ...change,
})
const there = async () => (await scheduler.send(new ListSchedulesCommand({}))).Schedules?.map(({ Name }) => Name)

describe('a one-time schedule', () => {
  it('calls its target once its time has come, and is deleted then where that was asked for', async () => {
    await scheduler.send(new CreateScheduleCommand(schedule({ ActionAfterCompletion: 'DELETE' })))
    nowMs += 3_599_000
    expect(await there()).toEqual(['stop'])
    expect(called).toEqual([])
    nowMs += 1_000
    await vi.waitFor(async () => expect(await there()).toEqual([]), waiting)
    expect(called).toEqual([{ operation: 'TerminateJobFlows', input: { JobFlowIds: ['j-1'] } }])
  })

  it('whose time passed while the sandbox was not running calls its target when it runs again', async () => {
    await scheduler.send(new CreateScheduleCommand(schedule()))
    await close()
    nowMs += 7_200_000
    await open()
    await vi.waitFor(() => expect(called).toHaveLength(1), waiting)
    expect(await there()).toEqual(['stop'])
  })

  it('that its target refuses calls it again, as often as its retry policy says', async () => {
    refusals = 1
    const RetryPolicy = { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 600 }
    const asked = schedule({ ActionAfterCompletion: 'DELETE', Target: { ...target, RetryPolicy } })
    await scheduler.send(new CreateScheduleCommand(asked))
    nowMs += 3_600_000
    await vi.waitFor(() => expect(refusals).toBe(0), waiting)
    expect(await there()).toEqual(['stop'])
    nowMs += 60_000
    await vi.waitFor(() => expect(called).toHaveLength(1), waiting)
  })

  it('that is moved on does not call its target at the time that it had before', async () => {
    await scheduler.send(new CreateScheduleCommand(schedule()))
    nowMs += 3_000_000
    await scheduler.send(new UpdateScheduleCommand(schedule({ ScheduleExpression: 'at(2026-12-01T14:00:00)' })))
    nowMs += 1_200_000
    await scheduler.send(new CreateScheduleCommand(schedule({ Name: 'other', ScheduleExpression: SOON })))
    nowMs += 60_000
    // The other one shows that schedules were polled.
    await vi.waitFor(() => expect(called).toHaveLength(1), waiting)
    expect(await there()).toEqual(['other', 'stop'])
  })
  const SOON = 'at(2026-12-01T13:10:30)'
})

describe('EventBridge Scheduler', () => {
  it('gives a schedule back as it was made, with the defaults of what was left out', async () => {
    await scheduler.send(new CreateScheduleGroupCommand({ Name: 'own', Tags: [{ Key: 'a', Value: 'b' }] }))
    const made = schedule({ GroupName: 'own', Description: 'said' })
    const { ScheduleArn } = await scheduler.send(new CreateScheduleCommand(made))
    const found = await scheduler.send(new GetScheduleCommand({ Name: 'stop', GroupName: 'own' }))
    expect(found).toMatchObject({
      Arn: ScheduleArn,
      Description: 'said',
      State: 'ENABLED',
      ScheduleExpressionTimezone: 'UTC',
      ActionAfterCompletion: 'NONE',
      CreationDate: new Date(START),
      Target: { ...target, RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
    })
    const group = await scheduler.send(new GetScheduleGroupCommand({ Name: 'own' }))
    const tags = await scheduler.send(new ListTagsForResourceCommand({ ResourceArn: group.Arn }))
    expect([group.State, tags.Tags]).toEqual(['ACTIVE', [{ Key: 'a', Value: 'b' }]])
  })

  it('takes a changed schedule whole: what is left out has its default again', async () => {
    await scheduler.send(new CreateScheduleCommand(schedule({ Description: 'said', State: 'DISABLED' })))
    await scheduler.send(new UpdateScheduleCommand(schedule()))
    const found = await scheduler.send(new GetScheduleCommand({ Name: 'stop' }))
    expect([found.Description, found.State]).toEqual([undefined, 'ENABLED'])
  })

  it('makes nothing twice for one token, and refuses a second schedule or group of a name', async () => {
    const ClientToken = 'token-1'
    const [first, again] = [
      await scheduler.send(new CreateScheduleCommand(schedule({ ClientToken }))),
      await scheduler.send(new CreateScheduleCommand(schedule({ ClientToken }))),
    ]
    expect(again.ScheduleArn).toBe(first.ScheduleArn)
    const conflict = { name: 'ConflictException', $metadata: { httpStatusCode: 409 } }
    await expect(scheduler.send(new CreateScheduleCommand(schedule()))).rejects.toMatchObject(conflict)
    await scheduler.send(new CreateScheduleGroupCommand({ Name: 'own' }))
    const twice = scheduler.send(new CreateScheduleGroupCommand({ Name: 'own' }))
    await expect(twice).rejects.toMatchObject(conflict)
  })

  it.each([
    ['a time that has passed', { ScheduleExpression: 'at(2026-12-01T11:59:59)' }],
    ['what is no time', { ScheduleExpression: 'at(tomorrow)' }],
    ['input that is no JSON', { Target: { ...target, Input: '{' } }],
    ['what is no target', { Target: { ...target, Arn: 'terminateJobFlows' } }],
    ['a window without its length', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' as const } }],
    ['a name of other characters', { Name: 'a b' }],
  ])('refuses %s with a ValidationException', async (_, change) => {
    const refused = scheduler.send(new CreateScheduleCommand(schedule(change)))
    await expect(refused).rejects.toMatchObject({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } })
  })

  it.each([
    ['recurring schedules', { ScheduleExpression: 'rate(5 minutes)' }],
    ['other time zones', { ScheduleExpressionTimezone: 'Europe/Vienna' }],
    ['targets that it does not call', { Target: { ...target, Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage' } }],
  ])('answers 501 to %s, and drops nothing', async (_, change) => {
    const refused = scheduler.send(new CreateScheduleCommand(schedule(change)))
    await expect(refused).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } })
    expect(await there()).toEqual([])
  })

  it('lists a group page by page, and deletes it with its schedules', async () => {
    await scheduler.send(new CreateScheduleGroupCommand({ Name: 'own' }))
    for (const Name of ['a', 'b', 'c'])
      await scheduler.send(new CreateScheduleCommand(schedule({ Name, GroupName: 'own' })))
    const first = await scheduler.send(new ListSchedulesCommand({ GroupName: 'own', MaxResults: 2 }))
    const { NextToken } = first
    const second = await scheduler.send(new ListSchedulesCommand({ GroupName: 'own', MaxResults: 2, NextToken }))
    expect([first, second].map(page => page.Schedules?.map(({ Name }) => Name))).toEqual([['a', 'b'], ['c']])
    expect(second.NextToken).toBeUndefined()
    await scheduler.send(new DeleteScheduleCommand({ Name: 'a', GroupName: 'own' }))
    await scheduler.send(new DeleteScheduleGroupCommand({ Name: 'own' }))
    expect(await there()).toEqual([])
    const gone = scheduler.send(new GetScheduleCommand({ Name: 'b', GroupName: 'own' }))
    await expect(gone).rejects.toMatchObject({ name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } })
  })
})
