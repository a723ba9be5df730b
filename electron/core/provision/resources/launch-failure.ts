import { DescribeClusterCommand, ListClustersCommand } from '@aws-sdk/client-emr'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import type { PipelineContext } from '../../pipeline-context.ts'

const ON_NO_MACHINE = /^BOOTSTRAP_FAILURE$/

/**
 * Why the newest cluster of the pipeline's name ended before it took steps: EMR's own words, and where a bootstrap
 * action's are (EMR Management Guide, "View log files": `LOGS/CLUSTER/node/MACHINE/bootstrap-actions/N/stderr.gz`).
 */
export async function endedWhileStarting(context: PipelineContext, abortSignal: AbortSignal): Promise<ExpectedError> {
  const { aws, spec } = context
  const asked = new ListClustersCommand({ ClusterStates: ['TERMINATED', 'TERMINATED_WITH_ERRORS', 'TERMINATING'] })
  const { Clusters = [] } = await aws.emr.send(asked, { abortSignal })
  const ClusterId = Clusters.find(({ Name }) => Name === spec.cluster.name)?.Id
  const { Cluster } =
    ClusterId === undefined ? {} : await aws.emr.send(new DescribeClusterCommand({ ClusterId }), { abortSignal })
  const { Code = '', Message = '' } = Cluster?.Status?.StateChangeReason ?? {}
  const { ErrorCode, ErrorMessage } = Cluster?.Status?.ErrorDetails?.[0] ?? {}
  const why = [...new Set([ErrorMessage, Message].filter(Boolean))].join(' ') || 'EMR does not say why.'
  const isBootstrap = ON_NO_MACHINE.test(Code) || ErrorCode?.startsWith('BOOTSTRAP_FAILURE')
  return new ExpectedError({
    code: 'failed',
    message: `Cluster ${ClusterId ?? spec.cluster.name} ended while it started: ${why}`,
    hint: isBootstrap
      ? 'Its bootstrap action installs the packages of the job. What it said is in the logs of the machine: ' +
        `${Cluster?.LogUri ?? 'the logs of the cluster'}${ClusterId}/node/…/bootstrap-actions/1/stderr.gz. Apply ` +
        'again once that is mended.'
      : "EMR's console has the details. Apply again once that is mended.",
    retryable: true,
  })
}
