import {
  AddTagsCommand,
  type Cluster,
  ModifyClusterCommand,
  RunJobFlowCommand,
  SetKeepJobFlowAliveWhenNoStepsCommand,
  SetTerminationProtectionCommand,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr'
import type { Pipeline } from '../../../../shared/pipelines/pipeline.ts'
import { PRICES } from '../../../../shared/pricing.ts'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { findClusters, findUntagged, PIPELINE_TAG } from '../../clusters/find-cluster.ts'
import { toAppError } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { jobLocation } from '../../query-state/job-location.ts'
import { pollUntil } from '../../targets/polls.ts'
import { type Difference, type Members, NOT_SET, type Remedy, type Resource } from '../resource.ts'
import { bootstrapMembers, bootstrapOf } from './bootstrap.ts'
import { groupOf, groupsOf, resize, stepsUnderWay } from './cluster-parts.ts'
import { endedWhileStarting } from './launch-failure.ts'

const READY = new Set(['RUNNING', 'WAITING'])
const STEPS_AT_ONCE = 1
/** What EMR changes of a cluster that lives, and the permissions for it; all else is set when it is launched. */
const CHANGEABLE: Record<string, string[]> = {
  coreCount: ['elasticmapreduce:ListInstanceGroups', 'elasticmapreduce:ModifyInstanceGroups'],
  stepsAtOnce: ['elasticmapreduce:ModifyCluster'],
  withoutSteps: ['elasticmapreduce:SetKeepJobFlowAliveWhenNoSteps'],
  protection: ['elasticmapreduce:SetTerminationProtection'],
  [PIPELINE_TAG]: ['elasticmapreduce:AddTags'],
}

/** The EMR cluster that runs the job. What cannot be changed while it lives replaces it. */
export function clusterResource(context: PipelineContext): Resource {
  const { aws, spec } = context
  const { primary, core } = spec.cluster
  const { bucket } = jobLocation(context)
  const LogUri = `s3://${bucket}/${spec.buckets.streaming.prefixes.logs}`
  const amount = groupsIn(spec).reduce((sum, group) => {
    const ec2 = PRICES.ec2[group.instanceType]?.perHour ?? 0
    const emr = PRICES.emr[group.instanceType]?.perHour ?? 0
    return sum + group.count * (ec2 + emr)
  }, 0)
  const must = {
    release: spec.cluster.release,
    applications: spec.cluster.applications.join(', '),
    logs: LogUri,
    serviceRole: spec.roles.emrService.name,
    instanceProfile: spec.roles.emrInstances.name,
    primaryType: primary.instanceType,
    coreType: core.instanceType,
    coreCount: String(core.count),
    stepsAtOnce: String(STEPS_AT_ONCE),
    withoutSteps: 'stays',
    protection: 'on',
    [PIPELINE_TAG]: spec.id,
    ...bootstrapOf(context).must,
  }

  return {
    id: `cluster:${spec.cluster.name}`,
    kind: 'cluster',
    name: spec.cluster.name,
    dependsOn: [
      `bucket:${bucket}`,
      `role:${spec.roles.emrService.name}`,
      `instance-profile:${spec.roles.emrInstances.name}`,
      ...bootstrapOf(context).dependsOn,
    ],
    must,
    costPerHour: {
      amount,
      currency: 'USD',
      source: `${PRICES.ec2[core.instanceType]?.source}; ${PRICES.emr[core.instanceType]?.source}`,
    },
    permissions: {
      read: [
        'elasticmapreduce:ListClusters',
        'elasticmapreduce:DescribeCluster',
        'elasticmapreduce:ListInstanceGroups',
        'elasticmapreduce:ListSteps',
        ...bootstrapOf(context).read,
      ],
      create: [
        'elasticmapreduce:RunJobFlow',
        'elasticmapreduce:AddTags',
        'iam:PassRole',
        'elasticmapreduce:ListClusters',
        'elasticmapreduce:DescribeCluster',
      ],
      change: differences => [
        'elasticmapreduce:ListClusters',
        'elasticmapreduce:DescribeCluster',
        ...differences.flatMap(({ member }) => CHANGEABLE[member] ?? []),
      ],
      destroy: [
        'elasticmapreduce:SetTerminationProtection',
        'elasticmapreduce:TerminateJobFlows',
        'elasticmapreduce:ListClusters',
        'elasticmapreduce:DescribeCluster',
      ],
    },
    async read(signal, madeHere = false) {
      const cluster = await findOwn(context, madeHere, signal)
      return cluster && membersOf(context, cluster, signal)
    },
    async remedy(differences, madeHere, signal) {
      const cluster = await findOwn(context, madeHere, signal)
      return cluster ? remedyOf(context, cluster, differences, madeHere, signal) : { action: 'replace' }
    },
    create: signal => launch(context, LogUri, signal),
    change: (differing, signal) => changeInPlace(context, differing, signal),
    async *destroy(signal) {
      const ids = (await findClusters(context, signal)).flatMap(cluster => cluster.Id ?? [])
      if (ids.length === 0) return refuseUntagged(await findUntagged(context, signal))
      await aws.emr.send(new SetTerminationProtectionCommand({ JobFlowIds: ids, TerminationProtected: false }), {
        abortSignal: signal,
      })
      await aws.emr.send(new TerminateJobFlowsCommand({ JobFlowIds: ids }), { abortSignal: signal })
      yield `waiting until ${ids.join(', ')} is terminated`
      const living = () => findClusters(context, signal)
      await pollUntil(context.polls.start('cluster'), living, found => found.length === 0, signal)
    },
  }
}

/** The tag says whose a cluster is. Of one that was made here and lost it, the name is all that is left. */
async function findOwn(context: PipelineContext, madeHere: boolean, signal: AbortSignal): Promise<Cluster | undefined> {
  const [tagged] = await findClusters(context, signal)
  return tagged ?? (madeHere ? (await findUntagged(context, signal))[0] : undefined)
}

async function membersOf(context: PipelineContext, cluster: Cluster, signal: AbortSignal): Promise<Members> {
  const there = await groupsOf(context, cluster, signal)
  const [primaryGroup, coreGroup] = [groupOf(there, 'MASTER'), groupOf(there, 'CORE')]
  const installed = new Set(cluster.Applications?.map(entry => entry.Name?.toLowerCase()))
  return {
    release: cluster.ReleaseLabel ?? '',
    // What EMR installs beside the ones that were asked for is its own affair.
    applications: context.spec.cluster.applications.filter(name => installed.has(name.toLowerCase())).join(', '),
    // EMR gives the address back with its own scheme for S3.
    logs: cluster.LogUri?.replace(/^s3[an]:/, 's3:') ?? '',
    serviceRole: nameIn(cluster.ServiceRole),
    instanceProfile: nameIn(cluster.Ec2InstanceAttributes?.IamInstanceProfile),
    primaryType: primaryGroup?.InstanceType ?? '',
    coreType: coreGroup?.InstanceType ?? '',
    coreCount: String(coreGroup?.RequestedInstanceCount ?? 0),
    stepsAtOnce: String(cluster.StepConcurrencyLevel ?? 1),
    withoutSteps: cluster.AutoTerminate ? 'ends' : 'stays',
    protection: cluster.TerminationProtected ? 'on' : 'off',
    [PIPELINE_TAG]: cluster.Tags?.find(tag => tag.Key === PIPELINE_TAG)?.Value ?? NOT_SET,
    ...(await bootstrapMembers(context, cluster, signal)),
  }
}

/** Launches the cluster and waits until it takes steps. */
async function* launch(context: PipelineContext, LogUri: string, signal: AbortSignal): AsyncGenerator<string> {
  const { spec } = context
  yield* launchOnce(
    context,
    new RunJobFlowCommand({
      Name: spec.cluster.name,
      ReleaseLabel: spec.cluster.release,
      Applications: spec.cluster.applications.map(Name => ({ Name })),
      LogUri,
      ServiceRole: spec.roles.emrService.name,
      JobFlowRole: spec.roles.emrInstances.name,
      Tags: [{ Key: PIPELINE_TAG, Value: spec.id }],
      StepConcurrencyLevel: STEPS_AT_ONCE,
      ...bootstrapOf(context).launch,
      Instances: {
        KeepJobFlowAliveWhenNoSteps: true,
        // Lifted by whoever terminates it, or with the whole pipeline when its name was typed.
        TerminationProtected: true,
        InstanceGroups: groupsIn(spec).map(group => ({
          InstanceRole: group.role,
          InstanceType: group.instanceType,
          InstanceCount: group.count,
          Market: 'ON_DEMAND',
        })),
      },
    }),
    signal,
  )
  const poll = context.polls.start('cluster')
  for (;;) {
    const [cluster] = await poll.ask(() => findClusters(context, signal), signal)
    const state = cluster?.Status?.State ?? 'gone'
    if (READY.has(state)) return
    if (!cluster) throw await endedWhileStarting(context, signal)
    yield `${cluster.Id} is ${state}`
    await poll.wait(signal)
  }
}

/** How often a launch is asked for: at AWS's waits for clusters some minutes. */
const LAUNCHES = 12

/**
 * EMR sees an instance profile seconds after IAM has made it (IAM User Guide, "Changes that I make are not always
 * immediately visible"), and refuses the launch until then. A launch without an answer may have been done: it is asked
 * for again only where no cluster is there.
 */
async function* launchOnce(
  context: PipelineContext,
  launch: RunJobFlowCommand,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const poll = context.polls.start('cluster')
  for (let asked = 1; ; asked++) {
    try {
      await poll.ask(() => context.aws.emrOnce.send(launch, { abortSignal: signal }), signal)
      return
    } catch (error) {
      const isUnanswered = toAppError(error).code === 'unavailable'
      if (asked === LAUNCHES || !(isUnanswered || isUnseen(error))) throw error
      yield isUnanswered
        ? 'EMR did not answer: looking whether it launches the cluster'
        : `waiting until EMR sees the instance profile ${context.spec.roles.emrInstances.name}`
      await poll.wait(signal)
      if (isUnanswered && (await findClusters(context, signal)).length > 0) return
    }
  }
}

const isUnseen = (error: unknown): boolean =>
  error instanceof Error &&
  ((error.name === 'ValidationException' && error.message.startsWith('Invalid InstanceProfile:')) ||
    (error.name === 'AccessDeniedException' && error.message.startsWith('Failed to authorize instance profile')))

async function* changeInPlace(
  context: PipelineContext,
  differing: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const abortSignal = signal
  const { emr } = context.aws
  const { name, core } = context.spec.cluster
  const cluster = await findOwn(context, differing.includes(PIPELINE_TAG), signal)
  const ClusterId = cluster?.Id
  if (!cluster || ClusterId === undefined) throw new Error(`The cluster ${name} is gone`)
  if (differing.includes(PIPELINE_TAG)) {
    yield `tagging ${ClusterId}`
    const Tags = [{ Key: PIPELINE_TAG, Value: context.spec.id }]
    await emr.send(new AddTagsCommand({ ResourceId: ClusterId, Tags }), { abortSignal })
  }
  if (differing.includes('coreCount')) yield* resize(context, cluster, core.count, signal)
  if (differing.includes('stepsAtOnce')) {
    yield `${STEPS_AT_ONCE} step at a time`
    await emr.send(new ModifyClusterCommand({ ClusterId, StepConcurrencyLevel: STEPS_AT_ONCE }), { abortSignal })
  }
  if (differing.includes('withoutSteps')) {
    yield 'keeping it when it has no steps'
    const wanted = { JobFlowIds: [ClusterId], KeepJobFlowAliveWhenNoSteps: true }
    await emr.send(new SetKeepJobFlowAliveWhenNoStepsCommand(wanted), { abortSignal })
  }
  if (differing.includes('protection')) {
    yield 'protecting it from termination'
    const wanted = { JobFlowIds: [ClusterId], TerminationProtected: true }
    await emr.send(new SetTerminationProtectionCommand(wanted), { abortSignal })
  }
}

const groupsIn = ({ cluster }: Pipeline) => [
  { role: 'MASTER' as const, ...cluster.primary },
  { role: 'CORE' as const, ...cluster.core },
]

/** EMR takes a role by its name or its ARN, and gives back what it was given. */
const nameIn = (role: string | undefined): string => role?.split('/').at(-1) ?? ''

/** What is terminated is never guessed at. */
function refuseUntagged([cluster]: readonly Cluster[]): void {
  if (!cluster) return
  throw new ExpectedError({
    code: 'conflict',
    message: `Cluster ${cluster.Id} has the name of the pipeline's and no tag ${PIPELINE_TAG}: it is not terminated.`,
    hint:
      'If it is the one that was made here, apply a plan, which tags it; else terminate it, or give it that tag with ' +
      'another value.',
    retryable: false,
  })
}

/** What becomes of a cluster that is not as it must be, and of the job that runs on it. */
async function remedyOf(
  context: PipelineContext,
  { Id = '' }: Cluster,
  differences: readonly Difference[],
  madeHere: boolean,
  signal: AbortSignal,
): Promise<Remedy> {
  const isUntagged = differences.some(({ member }) => member === PIPELINE_TAG)
  if (differences.every(({ member }) => member in CHANGEABLE)) {
    const fewer = differences.find(({ member, is, must }) => member === 'coreCount' && Number(must) < Number(is))
    const lost = fewer && `${Number(fewer.is) - Number(fewer.must)} core machines of ${Id} are given back`
    const taken = `Cluster ${Id} of this name is taken for the one that was made here, and is tagged as such.`
    return { action: 'change', effects: [...(lost ? [lost] : []), ...(isUntagged ? [taken] : [])] }
  }
  if (isUntagged)
    return {
      action: 'replace',
      blocked:
        `has no tag ${PIPELINE_TAG}: tag ${Id} with it if it is the one that was made here, else terminate it, ` +
        'then refresh the plan',
    }
  const steps = await stepsUnderWay(context, Id, signal)
  const instead = `terminate ${Id} on the Job page, then refresh the plan`
  return {
    action: 'replace',
    effects: [
      `Cluster ${Id} is terminated, its protection lifted, and a new one is launched.`,
      ...steps.map(step => `Step ${step.Id} (${step.Name}) is ${step.Status?.State} on it and is ended.`),
      ...(steps.length > 0
        ? [
            'The checkpoint stays in S3: a job that is started on the new cluster goes on after its last ' +
              'committed batch.',
          ]
        : []),
    ],
    ...(!madeHere && {
      blocked: `was not made here, and apply removes only what it made: ${instead}`,
    }),
  }
}
