import { CreateBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3'
import { ExpectedError } from '../../../../../shared/rpc/contract.ts'
import type { PipelineContext } from '../../../pipeline-context.ts'
import { orUndefined, type Place } from './settings.ts'

/** Whose a bucket may be that S3 does not let be read: names are shared by all accounts of a partition. */
export const TAKEN = 'unless the name is taken by a bucket of another account'
const ANOTHER_NAME = 'Give the bucket another name in the spec (`buckets`): names are shared by all accounts of AWS.'

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')

/**
 * Whether the bucket is there, and this account's.
 * @throws ExpectedError where it is in another region; what S3 says where it does not let it be read
 */
export async function isThere(
  { aws, target }: PipelineContext,
  place: Place,
  abortSignal: AbortSignal,
): Promise<boolean> {
  try {
    return (await orUndefined(aws.s3.send(new HeadBucketCommand(place), { abortSignal }))) !== undefined
  } catch (error) {
    const { $metadata, $response } = error as {
      $metadata?: { httpStatusCode?: number }
      $response?: { headers?: Record<string, string> }
    }
    if ($metadata?.httpStatusCode !== 301) throw error
    throw elsewhere(place.Bucket, $response?.headers?.['x-amz-bucket-region'], target.region)
  }
}

const elsewhere = (bucket: string, region: string | undefined, wanted: string) =>
  new ExpectedError({
    code: 'conflict',
    message: `The bucket ${bucket} is in ${region ?? 'another region'}, and the pipeline is in ${wanted}.`,
    hint: `${ANOTHER_NAME} Or choose the region that it is in.`,
    retryable: false,
  })

/** How often a bucket is asked for whose name S3 is still letting go. */
const ATTEMPTS = 40

/**
 * Makes the bucket. One that a call before this has made, without an answer, is as good.
 * @throws ExpectedError where the name is taken, with what to do
 */
export async function* makeBucket(
  context: PipelineContext,
  place: Place,
  abortSignal: AbortSignal,
): AsyncGenerator<string> {
  const { Bucket } = place
  const { region } = context.target
  const poll = context.polls.start('stream')
  for (let asked = 1; ; asked++) {
    try {
      await context.aws.s3.send(
        new CreateBucketCommand({
          Bucket,
          ...(region !== 'us-east-1' && {
            CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' },
          }),
        }),
        { abortSignal },
      )
      return
    } catch (error) {
      // Of a name whose bucket was removed just now (S3 User Guide, "Deleting a general purpose bucket").
      if (nameOf(error) === 'OperationAborted' && asked < ATTEMPTS) {
        yield `waiting until S3 lets the name ${Bucket} go`
        await poll.wait(abortSignal)
        continue
      }
      if (nameOf(error) === 'BucketAlreadyOwnedByYou' && (await isThere(context, place, abortSignal))) return
      if (nameOf(error) === 'BucketAlreadyExists') throw taken(Bucket)
      throw error
    }
  }
}

const taken = (bucket: string) =>
  new ExpectedError({
    code: 'conflict',
    message: `The name ${bucket} is taken: a bucket of another account has it.`,
    hint: `${ANOTHER_NAME} Nothing was written to that bucket.`,
    retryable: false,
  })
