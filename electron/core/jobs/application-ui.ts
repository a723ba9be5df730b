import { GetOnClusterAppUIPresignedURLCommand } from '@aws-sdk/client-emr'
import type { PipelineContext } from '../pipeline-context.ts'

/**
 * The address of the live Spark UI on a cluster: on AWS a presigned one of EMR's; undefined while no application has
 * one.
 */
export async function applicationUi(
  { aws }: PipelineContext,
  clusterId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { PresignedURLReady, PresignedURL } = await aws.emr.send(
    new GetOnClusterAppUIPresignedURLCommand({ ClusterId: clusterId, OnClusterAppUIType: 'ApplicationMaster' }),
    { abortSignal: signal },
  )
  return PresignedURLReady ? PresignedURL : undefined
}
