import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bucket, openBucket, SETTINGS } from './bucket.ts'
import { openUploads, type Uploads } from './uploads.ts'

export interface S3Options {
  dir: string
  account: string
  region: string
  now: () => number
  log: (line: string) => void
}

export interface S3State {
  options: S3Options
  buckets: Map<string, Bucket>
  uploads: Uploads
  createBucket(name: string): Bucket
  deleteBucket(bucket: Bucket): void
}

/** Opens all buckets below a folder. */
export function openState(options: S3Options): S3State {
  const bucketsDir = join(options.dir, 'buckets')
  mkdirSync(bucketsDir, { recursive: true })
  const buckets = new Map<string, Bucket>()
  for (const name of readdirSync(bucketsDir)) {
    // A kill between a folder and its settings: the bucket was never acknowledged.
    if (existsSync(join(bucketsDir, name, SETTINGS))) buckets.set(name, openBucket(join(bucketsDir, name)))
    else rmSync(join(bucketsDir, name), { recursive: true, force: true })
  }
  const uploads = openUploads(join(options.dir, 'uploads'))
  for (const upload of uploads.all()) if (!buckets.has(upload.bucket)) uploads.remove(upload)
  return {
    options,
    buckets,
    uploads,
    createBucket(name) {
      const bucket = openBucket(join(bucketsDir, name), { name, createdMs: options.now(), versioning: 'Off', documents: {} })
      buckets.set(name, bucket)
      return bucket
    },
    deleteBucket(bucket) {
      buckets.delete(bucket.settings.name)
      for (const upload of uploads.list(bucket.settings.name)) uploads.remove(upload)
      // First what makes it a bucket: a kill in between leaves a folder that is removed on opening.
      rmSync(join(bucket.dir, SETTINGS), { force: true })
      rmSync(bucket.dir, { recursive: true, force: true })
    },
  }
}
