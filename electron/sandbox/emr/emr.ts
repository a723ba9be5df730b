import type { SandboxService } from '../server/exchange.ts'
import { type JsonOperation, jsonService } from '../server/json-protocol.ts'
import { addJobFlowSteps } from './operations/add-job-flow-steps.ts'
import { cancelSteps } from './operations/cancel-steps.ts'
import { describeCluster } from './operations/describe-cluster.ts'
import { describeStep } from './operations/describe-step.ts'
import { getOnClusterAppUIPresignedURL } from './operations/get-on-cluster-app-ui-presigned-url.ts'
import { listBootstrapActions } from './operations/list-bootstrap-actions.ts'
import { listClusters } from './operations/list-clusters.ts'
import { listInstanceGroups } from './operations/list-instance-groups.ts'
import { listInstances } from './operations/list-instances.ts'
import { listSteps } from './operations/list-steps.ts'
import { modifyCluster } from './operations/modify-cluster.ts'
import { modifyInstanceGroups } from './operations/modify-instance-groups.ts'
import {
  createPersistentAppUI,
  describePersistentAppUI,
  getPersistentAppUIPresignedURL,
} from './operations/persistent-app-ui.ts'
import { runJobFlow } from './operations/run-job-flow.ts'
import { setKeepJobFlowAliveWhenNoSteps } from './operations/set-keep-job-flow-alive-when-no-steps.ts'
import { setTerminationProtection } from './operations/set-termination-protection.ts'
import { addTags, removeTags } from './operations/tags.ts'
import { terminateJobFlows } from './operations/terminate-job-flows.ts'
import type { EmrState } from './state.ts'
import { openSupervisor, type SupervisorOptions } from './supervisor.ts'

const OPERATIONS: readonly JsonOperation<EmrState>[] = [
  addJobFlowSteps,
  addTags,
  cancelSteps,
  createPersistentAppUI,
  describeCluster,
  describePersistentAppUI,
  describeStep,
  getOnClusterAppUIPresignedURL,
  getPersistentAppUIPresignedURL,
  listBootstrapActions,
  listClusters,
  listInstanceGroups,
  listInstances,
  listSteps,
  modifyCluster,
  modifyInstanceGroups,
  removeTags,
  runJobFlow,
  setKeepJobFlowAliveWhenNoSteps,
  setTerminationProtection,
  terminateJobFlows,
]

const LIMIT_BYTES = 4 * 1024 * 1024
/** EMR copies logs every five minutes; the sandbox is for people who read them now. */
const LOG_UPLOAD_MS = 3_000
const SHUTDOWN_GRACE_MS = 5_000

export interface EmrOptions extends Omit<SupervisorOptions, 'logUploadMs' | 'shutdownGraceMs'> {
  account: string
  region: string
  /** The address of the Spark UI of a step that runs. */
  uiOf?: (stepId: string) => string | undefined
  /** How often the logs of a running step are copied to S3; every 3 s by default. */
  logUploadMs?: number
  /**
   * How long a program may take to end when its cluster or the sandbox is shut down, before it is killed; 5 s by
   * default.
   */
  shutdownGraceMs?: number
}

/**
 * Opens EMR on its folder. Clusters go through AWS's states after the given delays; steps are what `runStep` starts. A
 * step that ran when the sandbox was last stopped or killed is started again.
 */
export async function openEmr(options: EmrOptions): Promise<SandboxService> {
  const supervisor = openSupervisor({ logUploadMs: LOG_UPLOAD_MS, shutdownGraceMs: SHUTDOWN_GRACE_MS, ...options })
  return jsonService<EmrState>({
    signingName: 'elasticmapreduce',
    targetPrefix: 'ElasticMapReduce',
    state: {
      ...supervisor,
      account: options.account,
      region: options.region,
      now: options.now,
      uiOf: options.uiOf ?? (() => undefined),
    },
    operations: OPERATIONS,
    limitBytes: LIMIT_BYTES,
    close: () => supervisor.close(),
  })
}
