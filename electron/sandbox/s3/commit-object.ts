import { rmSync } from 'node:fs'
import type { Bucket } from './bucket.ts'
import { checkWrite } from './preconditions.ts'
import { s3Error } from './s3-error.ts'
import type { S3State } from './state.ts'
import type { Version } from './version.ts'

/** An object to be: all but what the bucket says of it. */
export type NewObject = Omit<Version, 'versionId' | 'modifiedMs' | 'file'>

/**
 * Makes bytes that are in place the newest version of an object. Whoever else wrote while they came in has won: the
 * conditions are checked again, and nothing yields between them and the line of the index. When they do not hold, the
 * file is removed.
 * @throws AwsError `PreconditionFailed`, `NoSuchKey`, `NoSuchBucket`
 */
export function commitObject(
  state: S3State,
  bucket: Bucket,
  target: { name: string; path: string },
  object: NewObject,
  conditions: Readonly<Record<string, string>> = {},
): Version {
  try {
    const { name } = bucket.settings
    if (state.buckets.get(name) !== bucket) throw s3Error('NoSuchBucket', undefined, { fields: { BucketName: name } })
    checkWrite(conditions, object.key, bucket.current(object.key))
    const modifiedMs = state.options.now()
    const version: Version = { ...object, versionId: bucket.newVersionId(modifiedMs), modifiedMs, file: target.name }
    bucket.add(version)
    return version
  } catch (error) {
    rmSync(target.path, { force: true })
    throw error
  }
}
