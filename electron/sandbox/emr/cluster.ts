import { z } from 'zod'

const Milliseconds = z.number()

export const StepState = z.enum([
  'PENDING',
  'CANCEL_PENDING',
  'RUNNING',
  'COMPLETED',
  'CANCELLED',
  'FAILED',
  'INTERRUPTED',
])
export type StepState = z.infer<typeof StepState>

export const ActionOnFailure = z.enum(['TERMINATE_JOB_FLOW', 'TERMINATE_CLUSTER', 'CANCEL_AND_WAIT', 'CONTINUE'])

/** How a step's program is asked to end: SIGTERM or SIGKILL. */
export type StopKind = 'interrupt' | 'terminate'

const StepFailure = z.object({ reason: z.string(), message: z.string().optional(), logFile: z.string().optional() })
export type StepFailure = z.infer<typeof StepFailure>

export const StepRecord = z.object({
  id: z.string(),
  name: z.string(),
  actionOnFailure: ActionOnFailure,
  jar: z.string(),
  mainClass: z.string().optional(),
  properties: z.record(z.string(), z.string()),
  args: z.array(z.string()),
  executionRoleArn: z.string().optional(),
  state: StepState,
  stateMessage: z.string().optional(),
  failure: StepFailure.optional(),
  createdMs: Milliseconds,
  startedMs: Milliseconds.optional(),
  endedMs: Milliseconds.optional(),
  /** Set when its program is to end before its time, with the state it ends in. */
  ending: z.object({ kind: z.enum(['interrupt', 'terminate']), as: z.enum(['CANCELLED', 'INTERRUPTED']) }).optional(),
  /** How often its program was started: more than once when the sandbox was stopped meanwhile. */
  attempts: z.int(),
  /** Starts in a row after which the sandbox was gone before the program had run for a while. */
  shortAttempts: z.int(),
  /** The process of the last attempt. */
  pid: z.int().optional(),
})
export type StepRecord = z.infer<typeof StepRecord>

const Instance = z.object({
  id: z.string(),
  ec2Id: z.string(),
  privateIp: z.string(),
  /** Where it joined later than its cluster began. */
  createdMs: z.number().optional(),
})

export const InstanceGroupRecord = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(['MASTER', 'CORE', 'TASK']),
  market: z.enum(['ON_DEMAND', 'SPOT']),
  bidPrice: z.string().optional(),
  instanceType: z.string(),
  configurations: z.array(z.unknown()),
  instances: z.array(Instance),
  /** Those that were given back. */
  ended: z.array(Instance.extend({ endedMs: z.number() })).optional(),
})
export type InstanceGroupRecord = z.infer<typeof InstanceGroupRecord>

export const ClusterState = z.enum([
  'STARTING',
  'BOOTSTRAPPING',
  'RUNNING',
  'WAITING',
  'TERMINATING',
  'TERMINATED',
  'TERMINATED_WITH_ERRORS',
])
export type ClusterState = z.infer<typeof ClusterState>

const StateReason = z.object({
  code: z
    .enum(['USER_REQUEST', 'STEP_FAILURE', 'ALL_STEPS_COMPLETED', 'BOOTSTRAP_FAILURE', 'INTERNAL_ERROR'])
    .optional(),
  message: z.string(),
})
export type StateReason = z.infer<typeof StateReason>

export const Tag = z.object({ Key: z.string(), Value: z.string() })
export type Tag = z.infer<typeof Tag>

/** A cluster as it lies on disk: what was asked for, and what became of it. Times are epoch milliseconds. */
export const ClusterRecord = z.object({
  id: z.string(),
  name: z.string(),
  state: ClusterState,
  stateSinceMs: Milliseconds,
  reason: StateReason,
  createdMs: Milliseconds,
  readyMs: Milliseconds.optional(),
  endedMs: Milliseconds.optional(),
  /** When its persistent application UI was made. */
  appUiCreatedMs: Milliseconds.optional(),
  keepAlive: z.boolean(),
  terminationProtected: z.boolean(),
  stepConcurrency: z.int(),
  releaseLabel: z.string(),
  logUri: z.string().optional(),
  tags: z.array(Tag),
  groups: z.array(InstanceGroupRecord),
  bootstrapActions: z.array(z.object({ name: z.string(), path: z.string(), args: z.array(z.string()) })),
  /** Members of the request that the sandbox only gives back, by their names in DescribeCluster. */
  described: z.record(z.string(), z.unknown()),
  /** In the order in which they were added. */
  steps: z.array(StepRecord),
})
export type ClusterRecord = z.infer<typeof ClusterRecord>

/** Whether a program of the step may be running. */
export const isActive = (step: StepRecord): boolean => step.state === 'RUNNING' || step.state === 'CANCEL_PENDING'

/** Whether the cluster can be changed: it is neither shutting down nor shut down. */
export const isAlive = (cluster: ClusterRecord): boolean =>
  cluster.state === 'STARTING' ||
  cluster.state === 'BOOTSTRAPPING' ||
  cluster.state === 'RUNNING' ||
  cluster.state === 'WAITING'
