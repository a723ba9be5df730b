import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ObjectStore } from '../s3/object-store.ts'
import { openLogFile } from './log-file.ts'

const compress = promisify(gzip)

/** Of each of a step's logs, this much is kept and uploaded. */
const LIMIT_BYTES = 4 * 1024 * 1024

const NAMES = ['controller', 'stdout', 'stderr'] as const
export type LogName = (typeof NAMES)[number]

/** The three logs of a step: on disk while it runs, and copied to S3 as EMR does. */
export interface StepLog {
  append(name: LogName, chunk: Buffer | string): void
  /** The last bytes of one, as text. */
  read(name: LogName): string
  /** Copies those that changed since the last upload. Resolves to false when there is nowhere to copy them to. */
  upload(): Promise<boolean>
  /** Removes them from the disk. */
  remove(): void
}

/** Where EMR keeps a log of a step, below the cluster's LogUri; undefined when the cluster keeps none in S3. */
export function logPlace(logUri: string | undefined, clusterId: string, stepId: string, name: LogName) {
  const match = /^s3[na]?:\/\/([^/]+)\/?(.*?)\/*$/.exec(logUri ?? '')
  if (!match?.[1]) return undefined
  const key = `${match[2] ? `${match[2]}/` : ''}${clusterId}/steps/${stepId}/${name}.gz`
  return { bucket: match[1], key, uri: `s3://${match[1]}/${key}` }
}

export function openStepLog(options: {
  dir: string
  logUri: string | undefined
  clusterId: string
  stepId: string
  objects: ObjectStore
}): StepLog {
  const dir = join(options.dir, options.clusterId, options.stepId)
  mkdirSync(dir, { recursive: true })
  const open = (name: LogName) => openLogFile(join(dir, name), LIMIT_BYTES)
  const files = { controller: open('controller'), stdout: open('stdout'), stderr: open('stderr') }
  const uploaded: Record<LogName, number> = { controller: -1, stdout: -1, stderr: -1 }

  async function uploadOne(name: LogName): Promise<boolean> {
    const place = logPlace(options.logUri, options.clusterId, options.stepId, name)
    if (!place || !options.objects.hasBucket(place.bucket)) return false
    const appended = files[name].appendedBytes()
    if (uploaded[name] === appended) return true
    await options.objects.put(place.bucket, place.key, await compress(files[name].read()), 'application/x-gzip')
    uploaded[name] = appended
    return true
  }

  let last: Promise<boolean> = Promise.resolve(true)
  return {
    append: (name, chunk) => files[name].append(chunk),
    read: name => files[name].read().toString('utf8'),
    upload() {
      const upload = async () => (await Promise.all(NAMES.map(uploadOne))).every(Boolean)
      last = last.then(upload, upload)
      return last
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}
