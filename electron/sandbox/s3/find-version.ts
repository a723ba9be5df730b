import type { Bucket } from './bucket.ts'
import type { S3Request } from './exchange.ts'
import { invalidArgument, s3Error } from './s3-error.ts'
import { isVersionId, type Version } from './version.ts'

/** A version that has bytes. */
export type StoredVersion = Version & { file: string }

/**
 * The version that a request means: by id, or the newest.
 * @throws AwsError `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker
 */
export function findVersion({ query, key }: Pick<S3Request, 'query' | 'key'>, bucket: Bucket): StoredVersion {
  const versionId = query.get('versionId')
  const found =
    versionId === null ? bucket.versions(key).at(-1) : bucket.versions(key).find(entry => entry.versionId === versionId)
  const fields = { Key: key, ...(versionId !== null && { VersionId: versionId }) }
  if (!found) {
    if (versionId === null) throw s3Error('NoSuchKey', undefined, { fields })
    if (!isVersionId(versionId)) throw invalidArgument('Invalid version id specified', 'versionId', versionId)
    throw s3Error('NoSuchVersion', undefined, { fields })
  }
  const { file } = found
  if (file !== undefined) return { ...found, file }
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': found.versionId }
  if (versionId === null) throw s3Error('NoSuchKey', undefined, { fields, headers })
  throw s3Error('MethodNotAllowed', undefined, { fields, headers: { ...headers, allow: 'DELETE' } })
}
