import { DescribeClusterCommand } from '@aws-sdk/client-emr'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { LogFile } from '../../../shared/features/jobs.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { isNotFound } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { tailOfGzip } from './log-tail.ts'

export interface StepLog {
  text: string
  location: string
  /** Names this content; the same tag, the same text. */
  etag: string
  /** When it was written to S3. */
  writtenAt: Date | undefined
}

/** The folder that a cluster's logs go to. @throws ExpectedError `not_found` when it keeps none */
export async function logFolder(context: PipelineContext, clusterId: string, signal: AbortSignal): Promise<string> {
  const { Cluster: cluster } = await context.aws.emr.send(new DescribeClusterCommand({ ClusterId: clusterId }), {
    abortSignal: signal,
  })
  if (cluster?.LogUri) return cluster.LogUri
  throw new ExpectedError({ code: 'not_found', message: `Cluster ${clusterId} keeps no logs in S3.`, retryable: false })
}

/** A compressed log is fetched as a whole. */
const LARGEST_BYTES = 128 * 1024 * 1024

/** One log of a step from S3; undefined while it is not there, `same` when it is still the text of `etag`. */
export async function readStepLog(
  context: PipelineContext,
  place: { folder: string; clusterId: string; stepId: string; file: LogFile; etag?: string | undefined },
  signal: AbortSignal,
): Promise<StepLog | 'same' | undefined> {
  const [, bucket, prefix] = /^s3n?:\/\/([^/]+)\/?(.*?)\/?$/.exec(place.folder) ?? []
  if (!bucket) throw new Error(`Not a place in S3: ${place.folder}`)
  const key = `${prefix ? `${prefix}/` : ''}${place.clusterId}/steps/${place.stepId}/${place.file}.gz`
  try {
    const {
      Body,
      ContentLength = 0,
      ETag = '',
      LastModified: writtenAt,
    } = await context.aws.s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, ...(place.etag && { IfNoneMatch: place.etag }) }),
      { abortSignal: signal },
    )
    if (ContentLength > LARGEST_BYTES)
      throw new ExpectedError({
        code: 'failed',
        message: `The log s3://${bucket}/${key} has ${ContentLength} bytes, more than Sluice fetches.`,
        hint: 'Open the file in S3.',
        retryable: false,
      })
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
    const location = `s3://${bucket}/${key}`
    return { text: await tailOfGzip(bytes, location), location, etag: ETag, writtenAt }
  } catch (error) {
    if (isNotFound(error)) return undefined
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 304) return 'same'
    throw error
  }
}
