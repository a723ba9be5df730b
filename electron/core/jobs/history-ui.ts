import {
  CreatePersistentAppUICommand,
  DescribeClusterCommand,
  DescribePersistentAppUICommand,
  GetPersistentAppUIPresignedURLCommand,
} from '@aws-sdk/client-emr'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { pollUntil } from '../targets/polls.ts'

/**
 * The Spark history server that EMR keeps off the cluster, also for 30 days after its end (Management Guide, "View
 * persistent application user interfaces": EMR 5.25.0 and later). It is made at the first wish, and is the same one
 * after that.
 */
const FIRST_RELEASE = [5, 25, 0]
/** What a new one is until it shows something, in the words of EMR's own JupyterLab extension. */
const READY = 'ATTACHED'
const FAILED = /FAIL|DETACH/

/** Its presigned address. @throws ExpectedError where the cluster can have none, with what can be done instead */
export async function historyUi(
  context: PipelineContext,
  clusterId: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const { emr } = context.aws
  const { Cluster } = await emr.send(new DescribeClusterCommand({ ClusterId: clusterId }), { abortSignal })
  refuseWithout(Cluster?.ReleaseLabel, Cluster?.LogUri)
  const { PersistentAppUIId } = await emr.send(
    new CreatePersistentAppUICommand({ TargetResourceArn: Cluster?.ClusterArn, ProfilerType: 'SHS' }),
    { abortSignal },
  )
  const read = async () => {
    const described = await emr.send(new DescribePersistentAppUICommand({ PersistentAppUIId }), { abortSignal })
    const { PersistentAppUIStatus: status = '', LastStateChangeReason: why } = described.PersistentAppUI ?? {}
    if (FAILED.test(status)) throw failed(status, why)
    return status
  }
  await pollUntil(context.polls.start('stream'), read, status => status === READY, abortSignal)
  const { PresignedURLReady, PresignedURL } = await emr.send(
    new GetPersistentAppUIPresignedURLCommand({ PersistentAppUIId, PersistentAppUIType: 'SHS' }),
    { abortSignal },
  )
  return PresignedURLReady ? PresignedURL : undefined
}

const INSTEAD = 'While its application runs, its live UI is beside this; the logs of its steps are in S3.'

function refuseWithout(release: string | undefined, logUri: string | undefined): void {
  const numbers =
    /^emr-(?:spark-)?(\d+)\.(\d+)\.(\d+)/
      .exec(release ?? '')
      ?.slice(1)
      .map(Number) ?? []
  const older = FIRST_RELEASE.find((number, place) => number !== numbers[place])
  const place = older === undefined ? -1 : FIRST_RELEASE.indexOf(older)
  const isTooOld = place >= 0 && (numbers[place] ?? 0) < (FIRST_RELEASE[place] ?? 0)
  const why = isTooOld
    ? `its release ${release} is older than EMR 5.25.0`
    : logUri
      ? undefined
      : 'it keeps no logs in S3'
  if (why === undefined) return
  throw new ExpectedError({
    code: 'conflict',
    message: `The cluster has no history server off the cluster: ${why}.`,
    hint: INSTEAD,
    retryable: false,
  })
}

const failed = (status: string, why: string | undefined): ExpectedError =>
  new ExpectedError({
    code: 'failed',
    message: `EMR's history server is ${status}${why ? `: ${why}` : ''}.`,
    hint: INSTEAD,
    retryable: true,
  })
