import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type LineLog, openLineLog } from './line-log.ts'

const Part = z.object({
  number: z.int(),
  /** The name of its file in the upload's folder. */
  file: z.string(),
  sizeBytes: z.int(),
  etag: z.string(),
  checksum: z.object({ name: z.string(), value: z.string() }).optional(),
  modifiedMs: z.number(),
})
export type Part = z.output<typeof Part>

const Description = z.object({
  id: z.string(),
  bucket: z.string(),
  key: z.string(),
  startedMs: z.number(),
  headers: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
  /** What the object's checksum will be; `isAsked` when the client named it. */
  checksum: z.object({
    name: z.enum(['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256']),
    type: z.enum(['FULL_OBJECT', 'COMPOSITE']),
    isAsked: z.boolean(),
  }),
})

/** An upload in parts that is not completed yet. */
export interface Upload extends z.output<typeof Description> {
  parts: Map<number, Part>
  log: LineLog
}

/** Those of all buckets; they outlive the process. */
export interface Uploads {
  start(upload: Omit<z.output<typeof Description>, 'id'>): Upload
  find(id: string): Upload | undefined
  all(): Upload[]
  /** In the order in which they were started. */
  list(bucket: string): Upload[]
  /** A new place for a part's bytes; they become a part with `savePart`. */
  newFile(upload: Upload): { name: string; path: string }
  pathOf(upload: Upload, file: string): string
  savePart(upload: Upload, part: Part): void
  /** Removes the upload with all its parts. */
  remove(upload: Upload): void
}

const DESCRIPTION = 'upload.json'
const PARTS = 'parts.jsonl'

export function openUploads(dir: string): Uploads {
  mkdirSync(dir, { recursive: true })
  const folder = (id: string) => join(dir, id)
  const uploads = new Map<string, Upload>()
  for (const id of readdirSync(dir)) {
    const upload = load(folder(id))
    if (upload) uploads.set(id, upload)
    else rmSync(folder(id), { recursive: true, force: true })
  }
  return {
    start(description) {
      const upload = { ...description, id: randomBytes(32).toString('hex') }
      mkdirSync(folder(upload.id))
      const file = join(folder(upload.id), DESCRIPTION)
      writeFileSync(`${file}.tmp`, JSON.stringify(upload))
      renameSync(`${file}.tmp`, file)
      const started: Upload = { ...upload, parts: new Map(), log: openLineLog(join(folder(upload.id), PARTS)).log }
      uploads.set(upload.id, started)
      return started
    },
    find: id => uploads.get(id),
    all: () => [...uploads.values()],
    list: bucket => [...uploads.values()].filter(upload => upload.bucket === bucket).sort((a, b) => a.startedMs - b.startedMs),
    newFile(upload) {
      const name = randomBytes(16).toString('hex')
      return { name, path: join(folder(upload.id), name) }
    },
    pathOf: (upload, file) => join(folder(upload.id), file),
    savePart(upload, part) {
      const replaced = upload.parts.get(part.number)
      upload.log.append(JSON.stringify(part))
      upload.parts.set(part.number, part)
      if (replaced) rmSync(join(folder(upload.id), replaced.file), { force: true })
    },
    remove(upload) {
      uploads.delete(upload.id)
      // First what makes it an upload: a kill in between leaves a folder that is removed on opening.
      rmSync(join(folder(upload.id), DESCRIPTION), { force: true })
      rmSync(folder(upload.id), { recursive: true, force: true })
    },
  }
}

/** Reads an upload, and removes the bytes of parts that were never acknowledged; undefined when it was not started or is being removed. */
function load(dir: string): Upload | undefined {
  if (!existsSync(join(dir, DESCRIPTION))) return undefined
  const description = Description.parse(JSON.parse(readFileSync(join(dir, DESCRIPTION), 'utf8')))
  const parts = new Map<number, Part>()
  const { log, lines } = openLineLog(join(dir, PARTS))
  for (const line of lines) {
    const part = Part.parse(JSON.parse(line))
    parts.set(part.number, part)
  }
  const known = new Set([DESCRIPTION, PARTS, ...[...parts.values()].map(part => part.file)])
  for (const name of readdirSync(dir)) if (!known.has(name)) rmSync(join(dir, name), { force: true })
  return { ...description, parts, log }
}
