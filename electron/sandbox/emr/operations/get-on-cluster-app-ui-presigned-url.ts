import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import type { ClusterRecord } from '../cluster.ts'
import { type EmrState, findCluster, invalidRequest } from '../state.ts'

/** How long an application may take to answer before it counts as one that does not. */
const PATIENCE_MS = 10_000

/**
 * The live UI of the application that runs on a cluster. On AWS it is behind a presigned address; here it is Spark's
 * own, on loopback, and of the newest step that has one.
 */
export const getOnClusterAppUIPresignedURL = operation({
  name: 'GetOnClusterAppUIPresignedURL',
  input: z.object({
    ClusterId: z.string(),
    OnClusterAppUIType: z
      .enum([
        'SparkHistoryServer',
        'YarnTimelineService',
        'TezUI',
        'ApplicationMaster',
        'JobHistoryServer',
        'ResourceManager',
      ])
      .optional(),
    ApplicationId: z.string().optional(),
    DryRun: z.boolean().optional(),
    ExecutionRoleArn: z.string().optional(),
  }),
  async run(state: EmrState, { ClusterId, OnClusterAppUIType = 'ApplicationMaster' }) {
    const cluster = findCluster(state, ClusterId)
    if (OnClusterAppUIType !== 'ApplicationMaster')
      throw invalidRequest(
        `The sandbox has no ${OnClusterAppUIType}: only the UI of an application that runs (ApplicationMaster).`,
      )
    const address = await newestUi(state, cluster)
    return { PresignedURLReady: address !== undefined, ...(address !== undefined && { PresignedURL: address }) }
  },
})

/** The Spark UI of the newest step of a cluster that has one, where it answers. */
export async function newestUi(state: EmrState, cluster: ClusterRecord): Promise<string | undefined> {
  const address = cluster.steps.toReversed().flatMap(step => state.uiOf(step.id) ?? [])[0]
  return address !== undefined && (await answers(address)) ? `${address}/` : undefined
}

async function answers(address: string): Promise<boolean> {
  try {
    const reply = await fetch(`${address}/api/v1/version`, { signal: AbortSignal.timeout(PATIENCE_MS) })
    await reply.arrayBuffer()
    return reply.ok
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false
    throw error
  }
}
