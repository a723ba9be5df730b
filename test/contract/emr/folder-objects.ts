import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ObjectStore } from '../../../electron/sandbox/s3/object-store.ts'

/** Objects as plain files, a bucket a folder: what EMR needs of S3, so that its tests stand and fall with EMR alone. */
export function folderObjects(dir: string): ObjectStore {
  const pathOf = (bucket: string, key: string) => join(dir, bucket, key)
  return {
    hasBucket: bucket => existsSync(join(dir, bucket)),
    async list(bucket, prefix) {
      const names = await readdir(join(dir, bucket), { recursive: true, withFileTypes: true })
      const keys = names
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name).slice(join(dir, bucket).length + 1))
      return Promise.all(
        keys
          .filter(key => key.startsWith(prefix))
          .sort()
          .map(async key => ({ key, sizeBytes: (await stat(pathOf(bucket, key))).size })),
      )
    },
    async locate(bucket, key) {
      const path = pathOf(bucket, key)
      return existsSync(path) ? { path, sizeBytes: (await stat(path)).size, etag: '' } : undefined
    },
    async put(bucket, key, body) {
      const path = pathOf(bucket, key)
      await mkdir(dirname(path), { recursive: true })
      if (body instanceof Uint8Array) {
        await writeFile(`${path}.new`, body)
        await rename(`${path}.new`, path)
      } else await rename(body.file, path)
    },
    delete: (bucket, key) => rm(pathOf(bucket, key), { force: true }),
  }
}
