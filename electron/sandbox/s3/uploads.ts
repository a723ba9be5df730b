import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const Part = z.object({ number: z.int(), file: z.string(), sizeBytes: z.int(), etag: z.string(), modifiedMs: z.number() })
export type Part = z.output<typeof Part>

const Upload = z.object({
  id: z.string(),
  bucket: z.string(),
  key: z.string(),
  startedMs: z.number(),
  headers: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
  parts: z.array(Part),
})
export type Upload = z.output<typeof Upload>

/** Multipart uploads that are not completed yet; they outlive the process. */
export interface Uploads {
  start(upload: Omit<Upload, 'id' | 'parts'>): Upload
  find(id: string): Upload | undefined
  list(bucket: string): Upload[]
  /** A new file for a part's bytes. */
  partFile(upload: Upload): string
  savePart(upload: Upload, part: Part): void
  /** Removes the upload with all its parts. */
  remove(upload: Upload): void
}

export function openUploads(dir: string): Uploads {
  mkdirSync(dir, { recursive: true })
  const uploads = new Map<string, Upload>()
  const folder = (id: string) => join(dir, id)
  const save = (upload: Upload) => {
    const file = join(folder(upload.id), 'upload.json')
    writeFileSync(`${file}.tmp`, JSON.stringify(upload))
    renameSync(`${file}.tmp`, file)
  }
  for (const id of readdirSync(dir)) {
    try {
      uploads.set(id, Upload.parse(JSON.parse(readFileSync(join(folder(id), 'upload.json'), 'utf8'))))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      rmSync(folder(id), { recursive: true, force: true })
    }
  }
  return {
    start(description) {
      const upload: Upload = { ...description, id: randomBytes(32).toString('hex'), parts: [] }
      mkdirSync(folder(upload.id))
      save(upload)
      uploads.set(upload.id, upload)
      return upload
    },
    find: id => uploads.get(id),
    list: bucket => [...uploads.values()].filter(upload => upload.bucket === bucket),
    partFile: upload => join(folder(upload.id), randomBytes(16).toString('hex')),
    savePart(upload, part) {
      const replaced = upload.parts.find(entry => entry.number === part.number)
      upload.parts = [...upload.parts.filter(entry => entry !== replaced), part].sort((a, b) => a.number - b.number)
      save(upload)
      if (replaced) rmSync(replaced.file, { force: true })
    },
    remove(upload) {
      uploads.delete(upload.id)
      rmSync(folder(upload.id), { recursive: true, force: true })
    },
  }
}
