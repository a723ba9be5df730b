import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { operation } from '../../server/json-protocol.ts'
import type { ClusterRecord } from '../cluster.ts'
import { emrId } from '../ids.ts'
import { groupRecords, InstancesInput } from '../instances-input.ts'
import { clusterArn, type EmrState, validation } from '../state.ts'
import { checkConcurrency, StepInput, stepRecords, XmlString } from '../step-input.ts'
import { checkTags, TagInput } from '../tag-input.ts'

/** `emr-7.5.0`, and since the eighth `emr-spark-8.0.0`. */
const RELEASE_LABEL = /^emr(?:-spark)?-\d+\.\d+\.\d+$/
const MAX_STEPS = 256
const MAX_BOOTSTRAP_ACTIONS = 16

const RunJobFlowInput = z.looseObject({
  Name: XmlString.max(256),
  LogUri: XmlString.optional(),
  ReleaseLabel: XmlString.max(256).optional(),
  Instances: InstancesInput,
  Steps: z.array(StepInput).default([]),
  StepExecutionRoleArn: z.string().optional(),
  BootstrapActions: z
    .array(
      z.object({
        Name: XmlString.max(256),
        ScriptBootstrapAction: z.object({ Path: XmlString, Args: z.array(XmlString).default([]) }),
      }),
    )
    .default([]),
  JobFlowRole: XmlString.optional(),
  ServiceRole: XmlString.optional(),
  Applications: z.array(z.looseObject({ Name: z.string() })).default([]),
  Configurations: z.array(z.unknown()).default([]),
  Tags: z.array(TagInput).default([]),
  StepConcurrencyLevel: z.int().default(1),
})
type RunJobFlowInput = z.output<typeof RunJobFlowInput>

/** Members of the request that DescribeCluster only gives back, under the same name. */
const GIVEN_BACK = [
  'LogEncryptionKmsKeyId',
  'SecurityConfiguration',
  'AutoScalingRole',
  'ScaleDownBehavior',
  'CustomAmiId',
  'EbsRootVolumeSize',
  'EbsRootVolumeIops',
  'EbsRootVolumeThroughput',
  'RepoUpgradeOnBoot',
  'OSReleaseLabel',
] as const

export const runJobFlow = operation({
  name: 'RunJobFlow',
  input: RunJobFlowInput,
  run(state: EmrState, input) {
    check(input)
    const cluster = newCluster(state.now(), input)
    state.add(cluster)
    return { JobFlowId: cluster.id, ClusterArn: clusterArn(state, cluster.id) }
  },
})

function check(input: RunJobFlowInput): void {
  if (input.Instances.InstanceFleets) {
    throw new AwsError(
      'NotImplemented',
      'The Sluice sandbox does not implement RunJobFlow with InstanceFleets: use InstanceGroups.',
      501,
    )
  }
  if (!input.ReleaseLabel) throw validation('Must specify a release label (ReleaseLabel).')
  if (!RELEASE_LABEL.test(input.ReleaseLabel))
    throw validation(`The supplied release label is invalid: ${input.ReleaseLabel}.`)
  if (!input.ServiceRole) throw validation('ServiceRole is required for creating cluster.')
  if (!input.JobFlowRole) throw validation('InstanceProfile is required for creating cluster.')
  if (input.LogUri && !/^s3[na]?:\/\/[^/]+/.test(input.LogUri)) {
    throw validation(`The log URI must be a place in S3 (s3://bucket/prefix/): ${input.LogUri}`)
  }
  checkConcurrency(input.StepConcurrencyLevel, validation)
  if (input.Steps.length > MAX_STEPS) throw validation(`A maximum of ${MAX_STEPS} steps are allowed in each job flow.`)
  if (input.BootstrapActions.length > MAX_BOOTSTRAP_ACTIONS) {
    throw validation(`A maximum of ${MAX_BOOTSTRAP_ACTIONS} bootstrap actions are allowed in each job flow.`)
  }
}

function newCluster(nowMs: number, input: RunJobFlowInput): ClusterRecord {
  const { Instances } = input
  return {
    id: emrId('j'),
    name: input.Name,
    state: 'STARTING',
    stateSinceMs: nowMs,
    reason: { message: 'Provisioning Amazon EC2 capacity' },
    createdMs: nowMs,
    keepAlive: Instances.KeepJobFlowAliveWhenNoSteps,
    terminationProtected: Instances.TerminationProtected,
    stepConcurrency: input.StepConcurrencyLevel,
    releaseLabel: input.ReleaseLabel ?? '',
    ...(input.LogUri && { logUri: input.LogUri }),
    tags: checkTags(input.Tags, validation),
    groups: groupRecords(Instances),
    bootstrapActions: input.BootstrapActions.map(({ Name, ScriptBootstrapAction: { Path, Args } }) => ({
      name: Name,
      path: Path,
      args: Args,
    })),
    described: {
      // Without their versions: the sandbox has no table of what a release contains.
      Applications: input.Applications,
      Configurations: input.Configurations,
      VisibleToAllUsers: true,
      ServiceRole: input.ServiceRole,
      Ec2InstanceAttributes: {
        Ec2KeyName: Instances.Ec2KeyName,
        Ec2SubnetId: Instances.Ec2SubnetId ?? Instances.Ec2SubnetIds?.[0],
        RequestedEc2SubnetIds: Instances.Ec2SubnetIds ?? [],
        Ec2AvailabilityZone: Instances.Placement?.AvailabilityZone,
        RequestedEc2AvailabilityZones: [],
        IamInstanceProfile: input.JobFlowRole,
        EmrManagedMasterSecurityGroup: Instances.EmrManagedMasterSecurityGroup,
        EmrManagedSlaveSecurityGroup: Instances.EmrManagedSlaveSecurityGroup,
        AdditionalMasterSecurityGroups: Instances.AdditionalMasterSecurityGroups ?? [],
        AdditionalSlaveSecurityGroups: Instances.AdditionalSlaveSecurityGroups ?? [],
      },
      ...Object.fromEntries(GIVEN_BACK.flatMap(name => (input[name] === undefined ? [] : [[name, input[name]]]))),
    },
    steps: stepRecords(input.Steps, {
      concurrency: input.StepConcurrencyLevel,
      nowMs,
      executionRoleArn: input.StepExecutionRoleArn,
    }),
  }
}
