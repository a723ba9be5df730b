import { RunJobFlowCommand, SetTerminationProtectionCommand, TerminateJobFlowsCommand } from '@aws-sdk/client-emr'
import { PRICES } from '../../../../shared/pricing.ts'
import type { Clock } from '../../clock/clock.ts'
import { findClusters, PIPELINE_TAG } from '../../clusters/find-cluster.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { jobLocation } from '../../query-state/job-location.ts'
import type { Resource } from '../resource.ts'

const POLL_MS = 300
const READY = new Set(['RUNNING', 'WAITING'])

/** The EMR cluster that runs the job. One that lives is kept as it is: its hardware cannot be changed in place. */
export function clusterResource(context: PipelineContext, clock: Clock): Resource {
  const { aws, spec } = context
  const { primary, core } = spec.cluster
  const { bucket } = jobLocation(context)
  const groups = [
    { role: 'MASTER' as const, ...primary },
    { role: 'CORE' as const, ...core },
  ]
  const amount = groups.reduce((sum, group) => {
    const ec2 = PRICES.ec2[group.instanceType]?.perHour ?? 0
    const emr = PRICES.emr[group.instanceType]?.perHour ?? 0
    return sum + group.count * (ec2 + emr)
  }, 0)
  return {
    id: `cluster:${spec.cluster.name}`,
    kind: 'cluster',
    name: spec.cluster.name,
    dependsOn: [
      `bucket:${bucket}`,
      `role:${spec.roles.emrService.name}`,
      `instance-profile:${spec.roles.emrInstances.name}`,
    ],
    must: { release: spec.cluster.release },
    costPerHour: {
      amount,
      currency: 'USD',
      source: `${PRICES.ec2[core.instanceType]?.source}; ${PRICES.emr[core.instanceType]?.source}`,
    },
    permissions: {
      create: [
        'elasticmapreduce:RunJobFlow',
        'elasticmapreduce:AddTags',
        'iam:PassRole',
        'elasticmapreduce:ListClusters',
        'elasticmapreduce:DescribeCluster',
      ],
      change: [],
      destroy: [
        'elasticmapreduce:SetTerminationProtection',
        'elasticmapreduce:TerminateJobFlows',
        'elasticmapreduce:DescribeCluster',
      ],
    },
    async read(signal) {
      const [cluster] = await findClusters(context, signal)
      return cluster && { release: cluster.ReleaseLabel ?? '' }
    },
    async *create(signal) {
      await aws.emr.send(
        new RunJobFlowCommand({
          Name: spec.cluster.name,
          ReleaseLabel: spec.cluster.release,
          Applications: spec.cluster.applications.map(Name => ({ Name })),
          LogUri: `s3://${bucket}/${spec.buckets.streaming.prefixes.logs}`,
          ServiceRole: spec.roles.emrService.name,
          JobFlowRole: spec.roles.emrInstances.name,
          Tags: [{ Key: PIPELINE_TAG, Value: spec.id }],
          StepConcurrencyLevel: 1,
          Instances: {
            KeepJobFlowAliveWhenNoSteps: true,
            // Lifted by whoever terminates it, or with the whole pipeline when its name was typed.
            TerminationProtected: true,
            InstanceGroups: groups.map(group => ({
              InstanceRole: group.role,
              InstanceType: group.instanceType,
              InstanceCount: group.count,
              Market: 'ON_DEMAND',
            })),
          },
        }),
        { abortSignal: signal },
      )
      for (;;) {
        const [cluster] = await findClusters(context, signal)
        const state = cluster?.Status?.State ?? 'gone'
        if (READY.has(state)) return
        if (!cluster)
          throw new Error(`The cluster ${spec.cluster.name} ended while it started; EMR's console says why.`)
        yield `${cluster.Id} is ${state}`
        await clock.sleep(POLL_MS, signal)
      }
    },
    async *change() {
      yield 'a cluster that lives keeps its release; destroy it to launch a new one'
    },
    async *destroy(signal) {
      const ids = (await findClusters(context, signal)).flatMap(cluster => cluster.Id ?? [])
      if (ids.length === 0) return
      await aws.emr.send(new SetTerminationProtectionCommand({ JobFlowIds: ids, TerminationProtected: false }), {
        abortSignal: signal,
      })
      await aws.emr.send(new TerminateJobFlowsCommand({ JobFlowIds: ids }), { abortSignal: signal })
      yield `waiting until ${ids.join(', ')} is terminated`
      while ((await findClusters(context, signal)).length > 0) await clock.sleep(POLL_MS, signal)
    },
  }
}
