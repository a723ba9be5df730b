import { type Cluster, DescribeClusterCommand, ListClustersCommand } from '@aws-sdk/client-emr'
import type { PipelineContext } from '../pipeline-context.ts'

/** The tag that Sluice puts on all that it makes for a pipeline. */
export const PIPELINE_TAG = 'sluice:pipeline'

/** The pipeline's clusters that are not terminated, newest first: of its spec's name, and tagged as its own. */
export const findClusters = async (context: PipelineContext, signal?: AbortSignal): Promise<Cluster[]> =>
  (await ofItsName(context, signal)).filter(cluster => tagOf(cluster) === context.spec.id)

/** Clusters of the spec's name that are not terminated, newest first, and that no pipeline's tag says the owner of. */
export const findUntagged = async (context: PipelineContext, signal?: AbortSignal): Promise<Cluster[]> =>
  (await ofItsName(context, signal)).filter(cluster => tagOf(cluster) === undefined)

const tagOf = ({ Tags }: Cluster): string | undefined => Tags?.find(tag => tag.Key === PIPELINE_TAG)?.Value

async function ofItsName({ aws, spec }: PipelineContext, signal?: AbortSignal): Promise<Cluster[]> {
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
      if (Cluster) found.push(Cluster)
    }
    marker = page.Marker
  } while (marker)
  return found
}
