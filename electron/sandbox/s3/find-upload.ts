import type { S3Request } from './exchange.ts'
import { invalidArgument, s3Error } from './s3-error.ts'
import type { Upload } from './uploads.ts'

/** User Guide, "Amazon S3 multipart upload limits". */
export const MAX_PARTS = 10_000

/** The upload that a request names. @throws AwsError `NoSuchUpload` */
export function findUpload(request: S3Request): Upload {
  request.bucket()
  const id = request.query.get('uploadId') ?? ''
  const upload = request.state.uploads.find(id)
  if (!upload || upload.bucket !== request.bucketName || upload.key !== request.key)
    throw s3Error('NoSuchUpload', undefined, { fields: { UploadId: id } })
  return upload
}

/** @throws AwsError `InvalidArgument` */
export function partNumber({ query }: S3Request): number {
  const text = query.get('partNumber') ?? ''
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return number
  throw invalidArgument(`Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`, 'partNumber', text)
}
