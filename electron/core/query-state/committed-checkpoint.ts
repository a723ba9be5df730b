import { type Beginning, parseCheckpointMetadata, parsePlanEntry } from '../../../shared/job/checkpoint.ts'
import { checkpointPrefix } from '../../../shared/job/layout.ts'
import type { SourceOffset } from '../../../shared/job/progress.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { listKeys, readObject } from '../objects/read-object.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { AwsClients } from '../targets/clients.ts'
import { jobLocation } from './job-location.ts'

export interface CommittedCheckpoint {
  /** The newest batch that has a commit entry. */
  batchId: number
  offset: SourceOffset
  /** How the query was reset, when it was. */
  beginning: Beginning | undefined
}

/** The newest committed batch of the query's checkpoint and where it ends; undefined before the first commit. */
export async function readCheckpoint(
  context: PipelineContext,
  signal?: AbortSignal,
): Promise<CommittedCheckpoint | undefined> {
  const { bucket, prefixes, query } = jobLocation(context)
  return readCheckpointAt(context.aws, bucket, checkpointPrefix(prefixes, query), signal)
}

/** The same of any query, by the folder of its checkpoint, which ends with a slash. */
export async function readCheckpointAt(
  aws: AwsClients,
  bucket: string,
  folder: string,
  signal?: AbortSignal,
): Promise<CommittedCheckpoint | undefined> {
  const batchIds = (await listKeys(aws, bucket, `${folder}commits/`, signal))
    .map(key => Number(key.slice(key.lastIndexOf('/') + 1)))
    .filter(Number.isSafeInteger)
  if (batchIds.length === 0) return undefined
  const batchId = Math.max(...batchIds)
  const text = async (name: string): Promise<string | undefined> => {
    const bytes = await readObject(aws, bucket, `${folder}${name}`, signal)
    return bytes && Buffer.from(bytes).toString('utf8')
  }
  const [plan, metadata] = await Promise.all([text(`offsets/${batchId}`), text('metadata')])
  if (plan === undefined)
    throw new ExpectedError({
      code: 'failed',
      message:
        `The checkpoint has commits/${batchId} and no offsets/${batchId}: s3://${bucket}/${folder} is damaged, or ` +
        'is being moved now.',
      hint: 'Try again; if it stays so, the Checkpoint card of the Job page says where the job can begin.',
      retryable: true,
    })
  return {
    batchId,
    offset: parsePlanEntry(plan).end,
    beginning: metadata === undefined ? undefined : parseCheckpointMetadata(metadata).sluice?.beginning,
  }
}
