import type { Bucket } from './bucket.ts'
import type { S3Request } from './exchange.ts'
import { findVersion, type StoredVersion } from './find-version.ts'
import { checkCopySource } from './preconditions.ts'
import { invalidArgument, s3Error } from './s3-error.ts'

export interface CopySource {
  bucket: Bucket
  version: StoredVersion
  /** Whether the header named a version. */
  isVersion: boolean
}

/**
 * What `x-amz-copy-source` names: `/bucket/key?versionId=...`, percent-encoded.
 * @throws AwsError `InvalidArgument`, `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `InvalidRequest`,
 * `PreconditionFailed`
 */
export function copySource({ headers, state }: S3Request): CopySource {
  // Node gives headers as Latin-1; who did not encode the key sent UTF-8.
  const header = Buffer.from(headers['x-amz-copy-source'] ?? '', 'latin1').toString('utf8')
  const mark = header.lastIndexOf('?versionId=')
  const path = mark < 0 ? header : header.slice(0, mark)
  const [, name, encodedKey] = /^\/?([^/]+)\/(.+)$/s.exec(path) ?? []
  const key = encodedKey === undefined ? undefined : decode(encodedKey)
  if (name === undefined || key === undefined)
    throw invalidArgument('Invalid copy source object key', 'x-amz-copy-source', header)
  const bucket = state.buckets.get(name)
  if (!bucket) throw s3Error('NoSuchBucket', undefined, { fields: { BucketName: name } })
  const query = new URLSearchParams(mark < 0 ? '' : header.slice(mark + 1))
  const version = findSource({ key, query }, bucket)
  checkCopySource(headers, version)
  return { bucket, version, isVersion: mark >= 0 }
}

function findSource(named: { key: string; query: URLSearchParams }, bucket: Bucket): StoredVersion {
  try {
    return findVersion(named, bucket)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'MethodNotAllowed') throw error
    const message = 'The source of a copy request may not specifically refer to a delete marker by version id.'
    throw Object.assign(s3Error('InvalidRequest', message), { cause: error })
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
