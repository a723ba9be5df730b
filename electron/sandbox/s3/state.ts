import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDamagedName, renameDamaged, type StateCare, strictCare } from '../../../shared/state/damage.ts'
import { type Bucket, hasBucket, makeBucket, openBucket } from './bucket.ts'
import { isBucketName } from './bucket-name.ts'
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

/**
 * What a bucket's folder is called while it is made or removed: what a kill leaves of that is removed. No bucket's name
 * has a capital letter.
 */
const MAKING = 'MAKING-'
const REMOVED = 'REMOVED-'
const isLeft = (name: string): boolean =>
  [MAKING, REMOVED].some(mark => name.startsWith(mark) && isBucketName(name.slice(mark.length)))

/**
 * Opens all buckets below a folder.
 * @throws DamagedState
 */
export function openState(options: S3Options): S3State {
  const care = options.care ?? strictCare(options.now, options.log)
  const bucketsDir = join(options.dir, 'buckets')
  mkdirSync(bucketsDir, { recursive: true })
  const buckets = new Map<string, Bucket>()
  for (const name of readdirSync(bucketsDir).filter(entry => !isDamagedName(entry))) {
    const dir = join(bucketsDir, name)
    if (isLeft(name)) rmSync(dir, { recursive: true, force: true })
    else if (isBucketName(name) && hasBucket(dir)) buckets.set(name, openBucket(dir, care))
    else options.log(`s3: ${dir} is no bucket, and is left alone`)
  }
  const uploads = openUploads(join(options.dir, 'uploads'), care)
  for (const upload of uploads.all()) if (!buckets.has(upload.bucket)) uploads.renameOrphan(upload)
  return {
    options,
    care,
    buckets,
    uploads,
    createBucket(name) {
      const fresh = { name, createdMs: options.now(), versioning: 'Off' as const, documents: {} }
      const [making, dir] = [join(bucketsDir, `${MAKING}${name}`), join(bucketsDir, name)]
      rmSync(making, { recursive: true, force: true })
      makeBucket(making, fresh)
      // Somebody's own file or folder, which was left alone.
      if (existsSync(dir)) options.log(`s3: ${dir} is no bucket, and is kept as ${renameDamaged(dir, options.now())}`)
      renameSync(making, dir)
      const bucket = openBucket(dir, care)
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
