import { type Cluster, DescribeClusterCommand, ListClustersCommand } from '@aws-sdk/client-emr'
import type { PipelineContext } from '../pipeline-context.ts'

/** The tag that Sluice puts on all that it makes for a pipeline. */
export const PIPELINE_TAG = 'sluice:pipeline'

/** The pipeline's clusters that are not terminated, newest first: of its spec's name, and tagged as its own. */
export async function findClusters(context: PipelineContext, signal?: AbortSignal): Promise<Cluster[]> {
  const { aws, spec } = context
  const options = signal ? { abortSignal: signal } : {}
  const found: Cluster[] = []
  let marker: string | undefined
  do {
    const page = await aws.emr.send(
      new ListClustersCommand({
        ClusterStates: ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING'],
        ...(marker && { Marker: marker }),
      }),
      options,
    )
    for (const summary of page.Clusters ?? []) {
      if (summary.Name !== spec.cluster.name || !summary.Id) continue
      const { Cluster } = await aws.emr.send(new DescribeClusterCommand({ ClusterId: summary.Id }), options)
      if (Cluster?.Tags?.some(tag => tag.Key === PIPELINE_TAG && tag.Value === spec.id)) found.push(Cluster)
    }
    marker = page.Marker
  } while (marker)
  return found
}
