import { z } from 'zod'
import type { InstanceGroupRecord } from './cluster.ts'
import { ec2Id, emrId } from './ids.ts'
import { validation } from './state.ts'

const Role = z.enum(['MASTER', 'CORE', 'TASK'])

const GroupInput = z.object({
  Name: z.string().max(256).optional(),
  Market: z.enum(['ON_DEMAND', 'SPOT']).default('ON_DEMAND'),
  BidPrice: z.string().optional(),
  InstanceRole: Role,
  InstanceType: z.string().min(1).max(256),
  InstanceCount: z.int(),
  Configurations: z.array(z.unknown()).default([]),
})

/** A JobFlowInstancesConfig: groups, or the old form of a type for the master, a type for the others, and a count. */
export const InstancesInput = z.object({
  MasterInstanceType: z.string().optional(),
  SlaveInstanceType: z.string().optional(),
  InstanceCount: z.int().optional(),
  InstanceGroups: z.array(GroupInput).optional(),
  InstanceFleets: z.array(z.unknown()).optional(),
  Ec2KeyName: z.string().optional(),
  Ec2SubnetId: z.string().optional(),
  Ec2SubnetIds: z.array(z.string()).optional(),
  Placement: z.object({ AvailabilityZone: z.string().optional() }).optional(),
  KeepJobFlowAliveWhenNoSteps: z.boolean().default(false),
  TerminationProtected: z.boolean().default(false),
  EmrManagedMasterSecurityGroup: z.string().optional(),
  EmrManagedSlaveSecurityGroup: z.string().optional(),
  AdditionalMasterSecurityGroups: z.array(z.string()).optional(),
  AdditionalSlaveSecurityGroups: z.array(z.string()).optional(),
})

const MAX_GROUPS = 50
const MAX_INSTANCES = 2_000
const TITLE = { MASTER: 'Primary', CORE: 'Core', TASK: 'Task' }

const machine = (number: number) => ({
  id: emrId('ci'),
  ec2Id: ec2Id(),
  privateIp: `172.31.${number >> 8}.${number & 255}`,
})

/** The same group with another count: the newest machines go, new ones get the next addresses of the cluster. */
export function resized(
  { groups }: { groups: readonly InstanceGroupRecord[] },
  group: InstanceGroupRecord,
  count: number,
  nowMs: number,
): InstanceGroupRecord {
  const kept = group.instances.slice(0, count)
  const ended = group.instances.slice(count).map(instance => ({ ...instance, endedMs: nowMs }))
  const last = groups.reduce((sum, entry) => sum + entry.instances.length, 0)
  const added = Array.from({ length: count - kept.length }, (_, index) => ({
    ...machine(last + index + 1),
    createdMs: nowMs,
  }))
  return {
    ...group,
    instances: [...kept, ...added],
    ...((group.ended || ended.length > 0) && { ended: [...(group.ended ?? []), ...ended] }),
  }
}

/**
 * The machines that were asked for.
 * @throws AwsError `ValidationException` when no cluster can be made of them
 */
export function groupRecords(input: z.output<typeof InstancesInput>): InstanceGroupRecord[] {
  const groups = input.InstanceGroups?.length ? input.InstanceGroups : oldForm(input)
  checkGroups(groups)
  let instance = 0
  return groups.map(group => ({
    id: emrId('ig'),
    name: group.Name ?? TITLE[group.InstanceRole],
    role: group.InstanceRole,
    market: group.Market,
    ...(group.BidPrice !== undefined && { bidPrice: group.BidPrice }),
    instanceType: group.InstanceType,
    configurations: group.Configurations,
    instances: Array.from({ length: group.InstanceCount }, () => {
      instance++
      return machine(instance)
    }),
  }))
}

type Group = z.output<typeof GroupInput>

function oldForm(input: z.output<typeof InstancesInput>): Group[] {
  const { MasterInstanceType, InstanceCount = 0 } = input
  if (!MasterInstanceType)
    throw validation('Must specify instance groups, or a master instance type and an instance count.')
  if (InstanceCount < 1) throw validation('The number of instances must be at least 1.')
  const group = (InstanceRole: Group['InstanceRole'], InstanceType: string, count: number): Group => ({
    InstanceRole,
    InstanceType,
    InstanceCount: count,
    Market: 'ON_DEMAND',
    Configurations: [],
  })
  const others = InstanceCount - 1
  return [
    group('MASTER', MasterInstanceType, 1),
    ...(others > 0 ? [group('CORE', input.SlaveInstanceType ?? MasterInstanceType, others)] : []),
  ]
}

function checkGroups(groups: readonly Group[]): void {
  const of = (role: Group['InstanceRole']) => groups.filter(group => group.InstanceRole === role)
  const [master] = of('MASTER')
  if (!master || of('MASTER').length > 1) throw validation('Exactly one master instance group must be specified.')
  if (master.InstanceCount !== 1 && master.InstanceCount !== 3) {
    throw validation('The instance count of the master instance group must be 1, or 3 for high availability.')
  }
  if (of('CORE').length > 1) throw validation('At most one core instance group can be specified.')
  if (of('TASK').length > 0 && of('CORE').length === 0)
    throw validation('A task instance group needs a core instance group.')
  if (groups.length > MAX_GROUPS) throw validation(`At most ${MAX_GROUPS} instance groups can be specified.`)
  for (const group of groups) {
    if (group.InstanceCount < (group.InstanceRole === 'TASK' ? 0 : 1)) {
      throw validation(
        `The instance count of the ${group.InstanceRole.toLowerCase()} instance group must be greater than 0.`,
      )
    }
    if (!/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(group.InstanceType)) {
      throw validation(`Instance type '${group.InstanceType}' is not supported.`)
    }
  }
  const count = groups.reduce((sum, group) => sum + group.InstanceCount, 0)
  if (count > MAX_INSTANCES) throw validation(`A cluster can have at most ${MAX_INSTANCES} instances.`)
}
