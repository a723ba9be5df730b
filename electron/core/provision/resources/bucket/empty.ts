import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3'
import { ExpectedError } from '../../../../../shared/rpc/contract.ts'
import type { AwsClients } from '../../../targets/clients.ts'
import { orUndefined, type Place } from './settings.ts'

/** Removes every version of every object, delete markers and unfinished uploads, then the bucket. */
export async function* destroyBucket(
  s3: AwsClients['s3'],
  place: Place,
  abortSignal: AbortSignal,
): AsyncGenerator<string> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand(place), { abortSignal })
    const Objects = [...Versions, ...DeleteMarkers].slice(0, 1_000).map(({ Key, VersionId }) => ({ Key, VersionId }))
    if (Objects.length === 0) break
    yield `removing ${Objects.length} objects`
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ ...place, Delete: { Objects, Quiet: true } }), {
      abortSignal,
    })
    // The request succeeds, whatever becomes of each object: without this the same page would come for ever.
    if (Errors.length > 0) throw notRemoved(place.Bucket, Errors)
  }
  // Parts of uploads are billed, and no listing of objects shows them.
  for (;;) {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand(place), { abortSignal })
    if (Uploads.length === 0) break
    yield `removing ${Uploads.length} unfinished uploads`
    for (const { Key, UploadId } of Uploads)
      await orUndefined(s3.send(new AbortMultipartUploadCommand({ ...place, Key, UploadId }), { abortSignal }))
  }
  // Asked again after no answer came, it is gone.
  await orUndefined(s3.send(new DeleteBucketCommand(place), { abortSignal }))
}

function notRemoved(bucket: string, errors: readonly { Key?: string; Code?: string; Message?: string }[]) {
  const isDenied = errors.some(({ Code }) => Code === 'AccessDenied')
  return new ExpectedError({
    code: isDenied ? 'access_denied' : 'failed',
    message: `${errors.length} objects of ${bucket} were not removed, so the bucket stays.`,
    details: errors.slice(0, 10).map(({ Key, Code, Message }) => `${Key}: ${Code}: ${Message}`),
    hint: isDenied
      ? 'It needs the permissions s3:DeleteObject and s3:DeleteObjectVersion, and no policy or lock of the ' +
        'bucket may deny them.'
      : 'Destroy again.',
    retryable: !isDenied,
  })
}
