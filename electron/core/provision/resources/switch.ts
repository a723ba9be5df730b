import {
  CreateScheduleGroupCommand,
  DeleteScheduleGroupCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-scheduler'
import { limitOfText, limitText, type SetLimit } from '../../../../shared/limit.ts'
import { findClusters, PIPELINE_TAG } from '../../clusters/find-cluster.ts'
import { isNotFound } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { arm, clusterOf, getSchedule, STOP, switchNames, UNPROTECT } from '../../switch/schedules.ts'
import { clusterStanding, stopOf } from '../../switch/standing.ts'
import { pollUntil } from '../../targets/polls.ts'
import { type Members, NOT_SET, type Resource } from '../resource.ts'
import { roleResource } from './role.ts'

/** The one that lives, whichever that is when the plan is applied. */
const OWN_CLUSTER = "the pipeline's"
const BOTH = 'lifts the protection, then terminates'

/**
 * What stops a pipeline's cluster after a limit, with the console closed: a group of schedules, and the role by which
 * they call EMR. Without a limit it is what destroy takes away.
 */
export function switchResources(context: PipelineContext, set: SetLimit | undefined, now: () => number): Resource[] {
  return [roleResource(context, switchRole(context)), scheduleResource(context, set, now)]
}

/** It may terminate this pipeline's clusters and lift their protection, for schedules of this account; nothing else. */
function switchRole(context: PipelineContext): Parameters<typeof roleResource>[1] {
  const { role, partition } = switchNames(context)
  const { region, account } = context.target
  return {
    name: role,
    service: 'scheduler.amazonaws.com',
    sourceAccount: true,
    managedPolicies: [],
    instanceProfile: false,
    description: `Stops the cluster of ${context.spec.id} after its limit (made by Sluice)`,
    statements: [
      {
        sid: 'StopCluster',
        actions: ['elasticmapreduce:SetTerminationProtection', 'elasticmapreduce:TerminateJobFlows'],
        resources: [`arn:${partition}:elasticmapreduce:${region}:${account}:cluster/*`],
        condition: { StringEquals: { [`elasticmapreduce:ResourceTag/${PIPELINE_TAG}`]: context.spec.id } },
        why: 'The schedules terminate the cluster when its limit is reached.',
      },
    ],
  }
}

function scheduleResource(context: PipelineContext, set: SetLimit | undefined, now: () => number): Resource {
  const { group, role } = switchNames(context)
  const id = `switch:${group}`
  return {
    id,
    kind: 'switch',
    name: group,
    dependsOn: [`role:${role}`, `cluster:${context.spec.cluster.name}`],
    must: {
      limit: set ? limitText(set) : '',
      schedules: BOTH,
      cluster: OWN_CLUSTER,
      role,
      [PIPELINE_TAG]: context.spec.id,
    },
    permissions: {
      read: [
        'scheduler:ListTagsForResource',
        'scheduler:GetSchedule',
        'elasticmapreduce:ListClusters',
        'elasticmapreduce:DescribeCluster',
      ],
      create: ['scheduler:CreateScheduleGroup', 'scheduler:TagResource', ...ARMING],
      change: () => ARMING,
      destroy: ['scheduler:DeleteScheduleGroup', 'scheduler:ListTagsForResource'],
    },
    read: signal => readMembers(context, signal),
    async remedy(differences) {
      const tag = differences.find(({ member }) => member === PIPELINE_TAG)
      if (!tag) return { action: 'change' }
      const blocked = `its group has no tag ${PIPELINE_TAG} of this pipeline: remove the group if it is yours`
      return { action: 'change', blocked }
    },
    async *create(signal) {
      const scheduler = await context.aws.scheduler()
      yield `the group ${group}`
      if ((await tagOf(context, signal)) === undefined)
        await scheduler.send(
          new CreateScheduleGroupCommand({ Name: group, Tags: [{ Key: PIPELINE_TAG, Value: context.spec.id }] }),
          { abortSignal: signal },
        )
      yield* armed(context, set, now, signal)
    },
    change: (_, signal) => armed(context, set, now, signal),
    async *destroy(signal) {
      const scheduler = await context.aws.scheduler()
      yield `removing the group ${group} with its schedules`
      await scheduler.send(new DeleteScheduleGroupCommand({ Name: group }), { abortSignal: signal })
      // Until its schedules are gone, a group is DELETING, and its name is taken (API reference).
      const there = () => tagOf(context, signal)
      await pollUntil(context.polls.start('stream'), there, tag => tag === undefined, signal)
    },
  }
}

const ARMING = [
  'elasticmapreduce:ListClusters',
  'elasticmapreduce:DescribeCluster',
  'elasticmapreduce:ListInstances',
  'scheduler:UpdateSchedule',
  'scheduler:CreateSchedule',
  'iam:PassRole',
]

/** The pipeline that the group is of, as its tag says; undefined where there is no group. */
async function tagOf(context: PipelineContext, abortSignal: AbortSignal): Promise<string | undefined> {
  const scheduler = await context.aws.scheduler()
  try {
    const ResourceArn = switchNames(context).groupArn
    const { Tags } = await scheduler.send(new ListTagsForResourceCommand({ ResourceArn }), { abortSignal })
    return Tags?.find(tag => tag.Key === PIPELINE_TAG)?.Value ?? NOT_SET
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function readMembers(context: PipelineContext, signal: AbortSignal): Promise<Members | undefined> {
  const tag = await tagOf(context, signal)
  if (tag === undefined) return undefined
  const [stop, unprotect, [cluster]] = await Promise.all([
    getSchedule(context, STOP, signal),
    getSchedule(context, UNPROTECT, signal),
    findClusters(context, signal),
  ])
  const set = limitOfText(stop?.Description ?? '')
  const named = [clusterOf(stop?.Target?.Input), clusterOf(unprotect?.Target?.Input)]
  const isOwn = named.every(clusterId => clusterId === cluster?.Id)
  const isEnabled = stop?.State === 'ENABLED' && unprotect?.State === 'ENABLED'
  return {
    limit: set ? limitText(set) : NOT_SET,
    schedules: isEnabled ? BOTH : stop || unprotect ? 'not both' : NOT_SET,
    cluster: isOwn ? OWN_CLUSTER : named[0] || NOT_SET,
    role: stop?.Target?.RoleArn?.split('/').at(-1) ?? NOT_SET,
    [PIPELINE_TAG]: tag,
  }
}

/** How often the schedules are asked for: at AWS's waits for streams a minute. */
const TRIES = 12

/**
 * A role that IAM has just made is seen seconds later (IAM User Guide, "Changes that I make are not always immediately
 * visible"), and Scheduler refuses it until then.
 */
async function* armed(
  context: PipelineContext,
  set: SetLimit | undefined,
  now: () => number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (!set) throw new Error('A switch without a limit is not made')
  const standing = await clusterStanding(context, now(), signal)
  if (!standing) throw new Error(`The cluster ${context.spec.cluster.name} is gone`)
  const stopAtMs = stopOf(set, standing, now())
  yield `${standing.cluster.Id} is stopped at ${new Date(stopAtMs).toISOString()}`
  const poll = context.polls.start('stream')
  for (let asked = 1; ; asked++) {
    try {
      await poll.ask(() => arm(context, { set, clusterId: standing.cluster.Id, stopAtMs }, now(), signal), signal)
      return
    } catch (error) {
      if (asked === TRIES || !isUnseen(error)) throw error
      yield `waiting until EventBridge Scheduler sees the role ${switchNames(context).role}`
      await poll.wait(signal)
    }
  }
}

const isUnseen = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException' && /execution role/i.test(error.message)
