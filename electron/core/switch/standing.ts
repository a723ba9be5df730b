import type { Cluster } from '@aws-sdk/client-emr'
import { type SetLimit, stopAtMs } from '../../../shared/limit.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { findClusters } from '../clusters/find-cluster.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { type ClusterCost, clusterCost } from './cluster-cost.ts'

export interface ClusterStanding {
  cluster: Cluster & { Id: string }
  sinceMs: number
  cost: ClusterCost
}

/** The pipeline's cluster with what it has cost; undefined where none lives. */
export async function clusterStanding(
  context: PipelineContext,
  nowMs: number,
  signal: AbortSignal,
): Promise<ClusterStanding | undefined> {
  const [cluster] = await findClusters(context, signal)
  if (cluster?.Id === undefined) return undefined
  return {
    cluster: { ...cluster, Id: cluster.Id },
    sinceMs: cluster.Status?.Timeline?.CreationDateTime?.getTime() ?? nowMs,
    cost: await clusterCost(context, cluster, nowMs, signal),
  }
}

/** When a cluster is to be stopped. @throws ExpectedError where a limit in money has no price to be computed by */
export function stopOf(set: SetLimit, { sinceMs, cost }: ClusterStanding, nowMs: number): number {
  const known = cost.unpriced.length === 0 && cost.machines > 0
  if (set.limit.usd !== undefined && cost.unpriced.length > 0) throw noPrice(cost)
  const stop = stopAtMs(set, { nowMs, clusterSinceMs: sinceMs, cost: known ? cost : undefined })
  // A cluster that has no machines yet costs nothing: it is polled again with the next beat.
  return stop ?? nowMs + WITHOUT_MACHINES_MS
}

const WITHOUT_MACHINES_MS = 3_600_000

const noPrice = ({ unpriced }: ClusterCost): ExpectedError =>
  new ExpectedError({
    code: 'failed',
    message: `No price is known of ${unpriced.join(', ')}, so that a limit in money cannot be kept.`,
    hint: 'Set a limit in hours: sluice limit --hours 4',
    retryable: false,
  })
