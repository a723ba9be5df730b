import type { Bucket } from './bucket.ts'
import { invalidArgument } from './s3-error.ts'
import { deleteMarker, isVersionId } from './version.ts'

/** What was done: a version removed (perhaps a marker), a marker put on top, or an object removed for good. */
export type Deleted =
  | { kind: 'version'; versionId: string; wasMarker: boolean }
  | { kind: 'marker'; versionId: string }
  | { kind: 'object' }

/**
 * Deletes one key, or one version of it. Deleting what is not there succeeds.
 * @throws AwsError `InvalidArgument` when the version's id cannot be one
 */
export function deleteKey(bucket: Bucket, key: string, versionId: string | undefined, nowMs: number): Deleted {
  if (versionId !== undefined) {
    if (!isVersionId(versionId)) throw invalidArgument('Invalid version id specified', 'versionId', versionId)
    const found = bucket.versions(key).find(entry => entry.versionId === versionId)
    bucket.remove(key, versionId)
    return { kind: 'version', versionId, wasMarker: found !== undefined && found.file === undefined }
  }
  if (bucket.settings.versioning === 'Off') {
    bucket.remove(key, 'null')
    return { kind: 'object' }
  }
  const marker = deleteMarker(key, bucket.newVersionId(nowMs), nowMs)
  bucket.add(marker)
  return { kind: 'marker', versionId: marker.versionId }
}
