import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isAside, type StateCare, strictCare } from '../../../shared/state/damage.ts'
import { type Bucket, openBucket, SETTINGS } from './bucket.ts'
import { openUploads, type Uploads } from './uploads.ts'

export interface S3Options {
  dir: string
  account: string
  region: string
  now: () => number
  log: (line: string) => void
  /** What is done about damaged state; refuses it when nothing is said. */
  care?: StateCare
}

export interface S3State {
  options: S3Options
  care: StateCare
  buckets: Map<string, Bucket>
  uploads: Uploads
  createBucket(name: string): Bucket
  deleteBucket(bucket: Bucket): void
}

/** What a bucket's folder is called while it is removed. No bucket's name has a capital letter. */
const REMOVED = 'REMOVED-'

/**
 * Opens all buckets below a folder.
 * @throws DamagedState
 */
export function openState(options: S3Options): S3State {
  const care = options.care ?? strictCare(options.now, options.log)
  const bucketsDir = join(options.dir, 'buckets')
  mkdirSync(bucketsDir, { recursive: true })
  const buckets = new Map<string, Bucket>()
  for (const name of readdirSync(bucketsDir).filter(entry => !isAside(entry))) {
    const dir = join(bucketsDir, name)
    if (name.startsWith(REMOVED) || neverWas(dir)) rmSync(dir, { recursive: true, force: true })
    else buckets.set(name, openBucket(dir, care))
  }
  const uploads = openUploads(join(options.dir, 'uploads'), care)
  for (const upload of uploads.all()) if (!buckets.has(upload.bucket)) uploads.remove(upload)
  return {
    options,
    care,
    buckets,
    uploads,
    createBucket(name) {
      const fresh = { name, createdMs: options.now(), versioning: 'Off' as const, documents: {} }
      const bucket = openBucket(join(bucketsDir, name), care, fresh)
      buckets.set(name, bucket)
      return bucket
    },
    deleteBucket(bucket) {
      const { name } = bucket.settings
      for (const upload of uploads.list(name)) uploads.remove(upload)
      // First its name: a kill in between leaves a folder that is removed on opening.
      const removed = join(bucketsDir, `${REMOVED}${name}`)
      rmSync(removed, { recursive: true, force: true })
      renameSync(bucket.dir, removed)
      buckets.delete(name)
      rmSync(removed, { recursive: true, force: true })
    },
  }
}

/** Whether a kill came before a bucket had its settings: it was never acknowledged, and there are no bytes in it. */
function neverWas(dir: string): boolean {
  if (existsSync(join(dir, SETTINGS))) return false
  const objects = join(dir, 'objects')
  return !existsSync(objects) || readdirSync(objects).length === 0
}
