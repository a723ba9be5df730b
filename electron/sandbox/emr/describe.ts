import { type ClusterRecord, type InstanceGroupRecord, isAlive, type StepRecord } from './cluster.ts'
import { clusterArn, type EmrState } from './state.ts'

const date = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms))

/**
 * Hours are counted as EMR bills them: an m1.small hour, started ones whole. An xlarge counts eight, each next size up
 * double.
 */
const SIZE_HOURS: Record<string, number> = { medium: 2, large: 4, xlarge: 8 }

export function clusterShape(state: EmrState, cluster: ClusterRecord) {
  const up = cluster.readyMs !== undefined
  const master = cluster.groups.find(group => group.role === 'MASTER')?.instances[0]
  return {
    Id: cluster.id,
    Name: cluster.name,
    Status: clusterStatus(cluster),
    InstanceCollectionType: 'INSTANCE_GROUP',
    LogUri: cluster.logUri,
    ReleaseLabel: cluster.releaseLabel,
    AutoTerminate: !cluster.keepAlive,
    TerminationProtected: cluster.terminationProtected,
    UnhealthyNodeReplacement: false,
    Tags: cluster.tags,
    NormalizedInstanceHours: instanceHours(cluster, state.now()),
    ...(up && master && { MasterPublicDnsName: dnsName(master.privateIp) }),
    ClusterArn: clusterArn(state, cluster.id),
    StepConcurrencyLevel: cluster.stepConcurrency,
    ...cluster.described,
  }
}

export function clusterSummary(state: EmrState, cluster: ClusterRecord) {
  return {
    Id: cluster.id,
    Name: cluster.name,
    Status: clusterStatus(cluster),
    NormalizedInstanceHours: instanceHours(cluster, state.now()),
    ClusterArn: clusterArn(state, cluster.id),
  }
}

function clusterStatus(cluster: ClusterRecord) {
  return {
    State: cluster.state,
    StateChangeReason: { Code: cluster.reason.code, Message: cluster.reason.message },
    Timeline: {
      CreationDateTime: date(cluster.createdMs),
      ReadyDateTime: date(cluster.readyMs),
      EndDateTime: date(cluster.endedMs),
    },
  }
}

/** A step as ListSteps gives it; DescribeStep adds the role it runs as. */
export function stepShape(step: StepRecord) {
  return {
    Id: step.id,
    Name: step.name,
    Config: { Jar: step.jar, Properties: step.properties, MainClass: step.mainClass, Args: step.args },
    ActionOnFailure: step.actionOnFailure,
    Status: {
      State: step.state,
      StateChangeReason: step.stateMessage === undefined ? {} : { Message: step.stateMessage },
      ...(step.failure && {
        FailureDetails: {
          Reason: step.failure.reason,
          Message: step.failure.message,
          LogFile: step.failure.logFile,
        },
      }),
      Timeline: {
        CreationDateTime: date(step.createdMs),
        StartDateTime: date(step.startedMs),
        EndDateTime: date(step.endedMs),
      },
    },
  }
}

/** The state of the machines, which follows from the cluster's. */
function machineState(cluster: ClusterRecord) {
  if (cluster.state === 'STARTING') return { group: 'PROVISIONING', instance: 'PROVISIONING' }
  if (cluster.state === 'BOOTSTRAPPING') return { group: 'BOOTSTRAPPING', instance: 'BOOTSTRAPPING' }
  if (isAlive(cluster)) return { group: 'RUNNING', instance: 'RUNNING' }
  if (cluster.state === 'TERMINATING') return { group: 'TERMINATING', instance: 'RUNNING' }
  return { group: 'TERMINATED', instance: 'TERMINATED' }
}

function machineStatus(cluster: ClusterRecord, kind: 'group' | 'instance') {
  const over = cluster.endedMs !== undefined
  return {
    State: machineState(cluster)[kind],
    StateChangeReason: over ? { Code: 'CLUSTER_TERMINATED', Message: 'Job flow terminated' } : { Message: '' },
    Timeline: {
      CreationDateTime: date(cluster.createdMs),
      ReadyDateTime: date(cluster.readyMs),
      EndDateTime: date(cluster.endedMs),
    },
  }
}

export function groupShape(cluster: ClusterRecord, group: InstanceGroupRecord) {
  const running = machineState(cluster).instance === 'RUNNING'
  return {
    Id: group.id,
    Name: group.name,
    Market: group.market,
    BidPrice: group.bidPrice,
    InstanceGroupType: group.role,
    InstanceType: group.instanceType,
    RequestedInstanceCount: group.instances.length,
    RunningInstanceCount: running ? group.instances.length : 0,
    Status: machineStatus(cluster, 'group'),
    Configurations: group.configurations,
    ConfigurationsVersion: 0,
    LastSuccessfullyAppliedConfigurations: [],
    LastSuccessfullyAppliedConfigurationsVersion: 0,
    EbsBlockDevices: [],
    ShrinkPolicy: {},
  }
}

export function instanceShapes(cluster: ClusterRecord, group: InstanceGroupRecord) {
  const status = machineStatus(cluster, 'instance')
  const statusOf = (createdMs: number | undefined, endedMs: number | undefined) => {
    if (createdMs === undefined && endedMs === undefined) return status
    const { CreationDateTime, ReadyDateTime, EndDateTime } = status.Timeline
    return {
      ...status,
      ...(endedMs !== undefined && {
        State: 'TERMINATED',
        StateChangeReason: { Message: '' },
      }),
      Timeline: {
        CreationDateTime: date(createdMs) ?? CreationDateTime,
        ReadyDateTime: date(createdMs) ?? ReadyDateTime,
        EndDateTime: date(endedMs) ?? EndDateTime,
      },
    }
  }
  const all = [...group.instances.map(instance => ({ ...instance, endedMs: undefined })), ...(group.ended ?? [])]
  return all.map(instance => ({
    Id: instance.id,
    Ec2InstanceId: instance.ec2Id,
    PublicDnsName: '',
    PrivateDnsName: dnsName(instance.privateIp),
    PrivateIpAddress: instance.privateIp,
    Status: statusOf(instance.createdMs, instance.endedMs),
    InstanceGroupId: group.id,
    Market: group.market,
    InstanceType: group.instanceType,
    EbsVolumes: [],
  }))
}

const dnsName = (privateIp: string): string => `ip-${privateIp.replaceAll('.', '-')}.ec2.internal`

function instanceHours(cluster: ClusterRecord, nowMs: number): number {
  if (cluster.readyMs === undefined) return 0
  const hours = Math.max(1, Math.ceil(((cluster.endedMs ?? nowMs) - cluster.readyMs) / 3_600_000))
  return hours * cluster.groups.reduce((sum, group) => sum + group.instances.length * sizeHours(group.instanceType), 0)
}

function sizeHours(instanceType: string): number {
  const size = instanceType.slice(instanceType.indexOf('.') + 1)
  const times = /^(\d+)xlarge$/.exec(size)?.[1]
  return times === undefined ? (SIZE_HOURS[size] ?? 1) : 8 * Number(times)
}
