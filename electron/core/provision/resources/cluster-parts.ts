import {
  type Cluster,
  type InstanceGroup,
  ListInstanceGroupsCommand,
  ListStepsCommand,
  ModifyInstanceGroupsCommand,
  type StepSummary,
} from '@aws-sdk/client-emr'
import type { PipelineContext } from '../../pipeline-context.ts'
import { pollUntil } from '../../targets/polls.ts'

/** The instance groups of a cluster; one of instance fleets has none. */
export async function groupsOf(
  { aws }: PipelineContext,
  { Id: ClusterId, InstanceCollectionType }: Cluster,
  abortSignal: AbortSignal,
): Promise<InstanceGroup[]> {
  if (InstanceCollectionType === 'INSTANCE_FLEET') return []
  const groups: InstanceGroup[] = []
  let Marker: string | undefined
  do {
    const page = await aws.emr.send(new ListInstanceGroupsCommand({ ClusterId, ...(Marker && { Marker }) }), {
      abortSignal,
    })
    groups.push(...(page.InstanceGroups ?? []))
    Marker = page.Marker
  } while (Marker)
  return groups
}

export const groupOf = (groups: readonly InstanceGroup[], role: 'MASTER' | 'CORE'): InstanceGroup | undefined =>
  groups.find(group => group.InstanceGroupType === role)

/** Brings the core group to a count and waits until its machines run. */
export async function* resize(
  context: PipelineContext,
  cluster: Cluster,
  InstanceCount: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const core = groupOf(await groupsOf(context, cluster, signal), 'CORE')
  if (!core?.Id) throw new Error(`Cluster ${cluster.Id} has no core group to resize`)
  yield `from ${core.RequestedInstanceCount} to ${InstanceCount} core machines`
  await context.aws.emr.send(
    new ModifyInstanceGroupsCommand({
      ...(cluster.Id && { ClusterId: cluster.Id }),
      InstanceGroups: [{ InstanceGroupId: core.Id, InstanceCount }],
    }),
    { abortSignal: signal },
  )
  const read = async () => groupOf(await groupsOf(context, cluster, signal), 'CORE')
  const isResized = (group: InstanceGroup | undefined) =>
    group?.RunningInstanceCount === InstanceCount && group.Status?.State === 'RUNNING'
  await pollUntil(context.polls.start('cluster'), read, isResized, signal)
}

/** The steps that a cluster's end would end. */
export async function stepsUnderWay(
  { aws }: PipelineContext,
  ClusterId: string,
  abortSignal: AbortSignal,
): Promise<StepSummary[]> {
  const { Steps = [] } = await aws.emr.send(
    new ListStepsCommand({ ClusterId, StepStates: ['PENDING', 'RUNNING', 'CANCEL_PENDING'] }),
    { abortSignal },
  )
  return Steps
}
