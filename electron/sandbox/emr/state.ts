import { AwsError } from '../server/aws-error.ts'
import type { ClusterRecord } from './cluster.ts'
import type { Supervisor } from './supervisor.ts'

/** What the operations of EMR see. */
export interface EmrState extends Pick<Supervisor, 'clusters' | 'add' | 'change'> {
  account: string
  region: string
  now: () => number
  /** The address of the Spark UI of a step that runs; undefined for any other step. */
  uiOf: (stepId: string) => string | undefined
}

export const clusterArn = (state: EmrState, clusterId: string): string =>
  `arn:aws:elasticmapreduce:${state.region}:${state.account}:cluster/${clusterId}`

/** The error of the operations that take a ClusterId; those that take a JobFlowId say ValidationException. */
export const invalidRequest = (message: string): AwsError =>
  new AwsError('InvalidRequestException', message, 400, { ErrorCode: 'InvalidRequest' })

export const validation = (message: string): AwsError => new AwsError('ValidationException', message)

/** @throws AwsError `InvalidRequestException` */
export function findCluster(state: EmrState, clusterId: string): ClusterRecord {
  const found = state.clusters.get(clusterId)
  if (!found) throw invalidRequest(`Cluster id '${clusterId}' is not valid.`)
  return found
}

/** @throws AwsError `ValidationException` */
export function findJobFlow(state: EmrState, jobFlowId: string): ClusterRecord {
  const found = state.clusters.get(jobFlowId)
  if (!found) throw validation('Specified job flow ID does not exist.')
  return found
}
