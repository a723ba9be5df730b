import { z } from 'zod'
import { AwsError, notImplemented } from '../server/aws-error.ts'

/** Lengths, ranges and patterns are those of the service's model (botocore, scheduler 2021-06-30). */
export const Name = z.string().regex(/^[0-9a-zA-Z-_.]{1,64}$/)
export const ClientToken = z.string().regex(/^[a-zA-Z0-9-_]{1,64}$/)

const RetryPolicy = z.object({
  MaximumEventAgeInSeconds: z.int().min(60).max(86_400).default(86_400),
  MaximumRetryAttempts: z.int().min(0).max(185).default(185),
})

/** Members that the sandbox does nothing with are refused by name, so that none is dropped. */
const Target = z.strictObject({
  Arn: z.string().min(1).max(1_600),
  RoleArn: z
    .string()
    .max(1_600)
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/),
  Input: z.string().min(1).optional(),
  RetryPolicy: RetryPolicy.prefault({}),
})

/** What CreateSchedule and UpdateSchedule are given: the whole definition, what is left out has its default. */
export const Definition = z.strictObject({
  Name,
  GroupName: Name.default('default'),
  ScheduleExpression: z.string().min(1).max(256),
  ScheduleExpressionTimezone: z.string().min(1).max(50).default('UTC'),
  Description: z.string().max(512).optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target,
  FlexibleTimeWindow: z.strictObject({
    Mode: z.enum(['OFF', 'FLEXIBLE']),
    MaximumWindowInMinutes: z.int().min(1).max(1_440).optional(),
  }),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  ClientToken: ClientToken.optional(),
})
export type Definition = z.output<typeof Definition>

/** A schedule as it is kept. */
export const Schedule = z.object({
  definition: Definition,
  createdMs: z.number(),
  modifiedMs: z.number(),
  /** It was due, and its target has not answered well yet. */
  invocation: z.object({ dueMs: z.number(), attempts: z.int(), nextMs: z.number() }).optional(),
  /** A one-time schedule that invoked its target, or gave up: it does so no more. */
  completed: z.boolean(),
})
export type Schedule = z.infer<typeof Schedule>

export const Group = z.object({
  name: z.string(),
  tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
  createdMs: z.number(),
  clientToken: z.string().optional(),
})
export type Group = z.infer<typeof Group>

const invalid = (message: string): AwsError => new AwsError('ValidationException', message)

/**
 * When a one-time schedule is due (User Guide, "One-time schedules"). Only UTC: the sandbox knows no other zone.
 * @throws AwsError `ValidationException`; 501 for `rate` and `cron`, which the sandbox does not do
 */
export function dueMs({ ScheduleExpression, ScheduleExpressionTimezone }: Definition): number {
  if (/^(rate|cron)\(.+\)$/.test(ScheduleExpression))
    throw notImplemented('scheduler', `schedules of ${ScheduleExpression.split('(')[0]}()`)
  const [, time] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(ScheduleExpression) ?? []
  const ms = time === undefined ? Number.NaN : Date.parse(`${time}Z`)
  if (Number.isNaN(ms)) throw invalid(`Invalid Schedule Expression ${ScheduleExpression}.`)
  if (ScheduleExpressionTimezone !== 'UTC')
    throw notImplemented('scheduler', `schedules in the time zone ${ScheduleExpressionTimezone}`)
  return ms
}

/**
 * What EventBridge Scheduler refuses of a definition beyond its members' shapes. A time that has passed is refused when
 * a schedule is made or changed.
 * @throws AwsError `ValidationException`
 */
export function checkDefinition(definition: Definition, nowMs: number): void {
  const { Mode, MaximumWindowInMinutes } = definition.FlexibleTimeWindow
  if ((Mode === 'FLEXIBLE') !== (MaximumWindowInMinutes !== undefined))
    throw invalid(
      Mode === 'FLEXIBLE'
        ? 'MaximumWindowInMinutes is required when FlexibleTimeWindow Mode is FLEXIBLE.'
        : 'MaximumWindowInMinutes must not be set when FlexibleTimeWindow Mode is OFF.',
    )
  if (dueMs(definition) <= nowMs)
    throw invalid(`Invalid Schedule Expression ${definition.ScheduleExpression}: the time is in the past.`)
  const { Input } = definition.Target
  targetOf(definition.Target.Arn)
  if (Input === undefined) throw invalid('Input of a universal target is required.')
  try {
    JSON.parse(Input)
  } catch {
    throw invalid('Input of a universal target must be well-formed JSON.')
  }
}

/** Of the targets that there are, those that the sandbox can call. */
const ACTIONS: Readonly<Record<string, string>> = {
  'emr:terminateJobFlows': 'TerminateJobFlows',
  'emr:setTerminationProtection': 'SetTerminationProtection',
}

/**
 * The operation that a universal target calls (User Guide, "Using universal targets":
 * `arn:aws:scheduler:::aws-sdk:service:apiAction`).
 * @throws AwsError `ValidationException` for what is no universal target, 501 for one that the sandbox does not call
 */
export function targetOf(arn: string): string {
  const [, action] = /^arn:aws[a-z-]*:scheduler:::aws-sdk:(\w+:\w+)$/.exec(arn) ?? []
  if (action === undefined) {
    if (/^arn:aws[a-z-]*:\w/.test(arn)) throw notImplemented('scheduler', `schedules of the target ${arn}`)
    throw invalid(`Provided Arn is not in correct format: ${arn}.`)
  }
  const operation = ACTIONS[action]
  if (operation === undefined) throw notImplemented('scheduler', `schedules of the target ${arn}`)
  return operation
}
