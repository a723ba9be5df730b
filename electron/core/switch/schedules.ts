import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { limitOfText, limitText, type SetLimit } from '../../../shared/limit.ts'
import { isNotFound } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/*
 * The dead man's switch: two one-time schedules of EventBridge Scheduler, which AWS runs whether a console does or not.
 * EMR refuses TerminateJobFlows for a cluster with termination protection (Management Guide, "Using termination
 * protection"), and the protection stays on for all others, so the first schedule lifts it and the second terminates.
 * Each is run within the minute after its time (Scheduler User Guide, "Schedule types"): two minutes apart, the first
 * is done before the second begins, and what is refused is tried again for a day.
 */

export const UNPROTECT = 'unprotect'
export const STOP = 'stop'
const APART_MS = 120_000
const LONGEST_RETRY_S = 86_400
const RETRIES = 185
/** A time that has passed is refused, and one that is about to be may have by the time it is read. */
const SOONEST_MS = 60_000

/** What the parts of the switch are called. */
export const switchNames = ({ spec, target }: Pick<PipelineContext, 'spec' | 'target'>) => {
  const group = `sluice-${spec.id}`
  const role = `sluice-${spec.id}-stop`
  const partition = partitionOf(target.region)
  return {
    group,
    groupArn: `arn:${partition}:scheduler:${target.region}:${target.account}:schedule-group/${group}`,
    role,
    roleArn: `arn:${partition}:iam::${target.account}:role/${role}`,
    partition,
  }
}

/** The partition of a region (botocore's partitions.json). */
export const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'

/** What the schedules say. */
export interface Armed {
  /** When the cluster is terminated. */
  stopAtMs: number
  set: SetLimit
  clusterId: string
  roleArn: string
  enabled: boolean
}

/** The switch as it is there; undefined where its schedules are not, because they ran, or were never made. */
export async function readSwitch(context: PipelineContext, abortSignal: AbortSignal): Promise<Armed | undefined> {
  const found = await getSchedule(context, STOP, abortSignal)
  const set = limitOfText(found?.Description ?? '')
  const time = /^at\((.+)\)$/.exec(found?.ScheduleExpression ?? '')?.[1]
  if (!found || !set || time === undefined) return undefined
  return {
    stopAtMs: Date.parse(`${time}Z`),
    set,
    clusterId: clusterOf(found.Target?.Input),
    roleArn: found.Target?.RoleArn ?? '',
    enabled: found.State === 'ENABLED',
  }
}

export async function getSchedule(
  context: PipelineContext,
  Name: string,
  abortSignal: AbortSignal,
): Promise<GetScheduleCommandOutput | undefined> {
  const scheduler = await context.aws.scheduler()
  try {
    const GroupName = switchNames(context).group
    return await scheduler.send(new GetScheduleCommand({ Name, GroupName }), { abortSignal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

export function clusterOf(input: string | undefined): string {
  const ids: unknown = input === undefined ? undefined : JSON.parse(input).JobFlowIds
  return Array.isArray(ids) && typeof ids[0] === 'string' ? ids[0] : ''
}

/**
 * Makes both schedules, or moves them. Moved on, the second is moved first: what a kill leaves between them lifts a
 * protection, and terminates nothing.
 */
export async function arm(
  context: PipelineContext,
  wanted: Pick<Armed, 'set' | 'clusterId' | 'stopAtMs'>,
  nowMs: number,
  abortSignal: AbortSignal,
): Promise<Armed> {
  const stopAtMs = Math.ceil(Math.max(wanted.stopAtMs, nowMs + SOONEST_MS + APART_MS) / 1_000) * 1_000
  const { roleArn } = switchNames(context)
  await put(context, STOP, { ...wanted, stopAtMs }, abortSignal)
  await put(context, UNPROTECT, { ...wanted, stopAtMs }, abortSignal)
  return { ...wanted, stopAtMs, roleArn, enabled: true }
}

async function put(
  context: PipelineContext,
  name: typeof STOP | typeof UNPROTECT,
  wanted: Pick<Armed, 'set' | 'clusterId' | 'stopAtMs'>,
  abortSignal: AbortSignal,
): Promise<void> {
  const scheduler = await context.aws.scheduler()
  const definition = definitionOf(context, name, wanted)
  try {
    // With the whole definition: what is left out would get its default again (API reference, UpdateSchedule).
    await scheduler.send(new UpdateScheduleCommand(definition), { abortSignal })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await scheduler.send(new CreateScheduleCommand(definition), { abortSignal })
  }
}

function definitionOf(
  context: PipelineContext,
  name: typeof STOP | typeof UNPROTECT,
  { set, clusterId, stopAtMs }: Pick<Armed, 'set' | 'clusterId' | 'stopAtMs'>,
): CreateScheduleCommandInput {
  const { group, roleArn, partition } = switchNames(context)
  const isStop = name === STOP
  const time = new Date(isStop ? stopAtMs : stopAtMs - APART_MS).toISOString().slice(0, 19)
  const input = isStop ? { JobFlowIds: [clusterId] } : { JobFlowIds: [clusterId], TerminationProtected: false }
  return {
    Name: name,
    GroupName: group,
    Description: limitText(set),
    ScheduleExpression: `at(${time})`,
    ScheduleExpressionTimezone: 'UTC',
    State: 'ENABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: `arn:${partition}:scheduler:::aws-sdk:emr:${isStop ? 'terminateJobFlows' : 'setTerminationProtection'}`,
      RoleArn: roleArn,
      Input: JSON.stringify(input),
      RetryPolicy: { MaximumEventAgeInSeconds: LONGEST_RETRY_S, MaximumRetryAttempts: RETRIES },
    },
  }
}
