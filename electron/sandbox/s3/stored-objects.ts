import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { commitObject } from './commit-object.ts'
import { deleteKey } from './delete-key.ts'
import type { ObjectStore } from './object-store.ts'
import { s3Error } from './s3-error.ts'
import { lowerBound } from './sorted-keys.ts'
import type { S3State } from './state.ts'

/** The same objects as on the wire, for COPY, UNLOAD and step logs. */
export function storedObjects(state: S3State): ObjectStore {
  return {
    hasBucket: bucket => state.buckets.has(bucket),
    async list(bucketName, prefix) {
      const bucket = state.buckets.get(bucketName)
      if (!bucket) return []
      const sorted = bucket.sortedKeys()
      const found: { key: string; sizeBytes: number }[] = []
      for (let at = lowerBound(sorted, prefix); at < sorted.length; at++) {
        const key = sorted[at] as string
        if (!key.startsWith(prefix)) break
        const version = bucket.current(key)
        if (version) found.push({ key, sizeBytes: version.sizeBytes })
      }
      return found
    },
    async locate(bucketName, key) {
      const bucket = state.buckets.get(bucketName)
      const version = bucket?.current(key)
      if (!bucket || version?.file === undefined) return undefined
      return { path: bucket.pathOf(version.file), sizeBytes: version.sizeBytes, etag: version.etag }
    },
    async put(bucketName, key, body, contentType = 'binary/octet-stream') {
      const bucket = state.buckets.get(bucketName)
      if (!bucket) throw s3Error('NoSuchBucket', undefined, { fields: { BucketName: bucketName } })
      const target = bucket.newFile()
      const headers = { 'content-type': contentType }
      try {
        const stored =
          body instanceof Uint8Array ? await keepBytes(body, target.path) : await keepFile(body.file, target.path)
        commitObject(state, bucket, target, { key, ...stored, headers, metadata: {}, tags: {} })
      } catch (error) {
        // A full disk may have taken half of it.
        await rm(target.path, { force: true })
        throw error
      }
    },
    async delete(bucketName, key) {
      const bucket = state.buckets.get(bucketName)
      if (bucket) deleteKey(bucket, key, undefined, state.options.now())
    },
  }
}

async function keepBytes(bytes: Uint8Array, path: string): Promise<{ sizeBytes: number; etag: string }> {
  await writeFile(path, bytes)
  return { sizeBytes: bytes.length, etag: createHash('md5').update(bytes).digest('hex') }
}

/** Renames, or copies where the two places are on different file systems. */
async function keepFile(from: string, path: string): Promise<{ sizeBytes: number; etag: string }> {
  try {
    await rename(from, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    await copyFile(from, path)
    await rm(from)
  }
  const md5 = createHash('md5')
  for await (const chunk of createReadStream(path)) md5.update(chunk as Buffer)
  return { sizeBytes: (await stat(path)).size, etag: md5.digest('hex') }
}
