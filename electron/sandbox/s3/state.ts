import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bucket, openBucket } from './bucket.ts'
import type { Uploads } from './uploads.ts'
import { openUploads } from './uploads.ts'

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
    if (existsSync(join(bucketsDir, name, 'bucket.json'))) buckets.set(name, openBucket(join(bucketsDir, name)))
    else rmSync(join(bucketsDir, name), { recursive: true, force: true })
  }
  return {
    options,
    buckets,
    uploads: openUploads(join(options.dir, 'uploads')),
    createBucket(name) {
      const bucket = openBucket(join(bucketsDir, name), { name, createdMs: options.now(), versioning: 'Off', documents: {} })
      buckets.set(name, bucket)
      return bucket
    },
    deleteBucket(bucket) {
      buckets.delete(bucket.settings.name)
      rmSync(bucket.dir, { recursive: true, force: true })
    },
  }
}
