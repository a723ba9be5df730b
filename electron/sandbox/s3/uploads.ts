import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { renameDamaged, reportDamage, type StateCare } from '../../../shared/state/damage.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'
import { type LineLog, openLineLog } from '../../../shared/state/line-log.ts'

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
  log: LineLog<Part>
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
  /**
   * Keeps the upload with all its parts out of the way: its bucket is not there, which removes its uploads before
   * itself.
   */
  renameOrphan(upload: Upload): void
}

const DESCRIPTION = 'upload.json'
const PARTS = 'parts.jsonl'

/** What an upload in parts is called while it is removed: a kill leaves a folder that says so. */
const REMOVED = 'removed-'
const ID = /^[0-9a-f]{64}$/
const FILE = /^[0-9a-f]{32}$/
const LOST = 'an upload in parts that was not completed'

/**
 * Opens all uploads. One that is damaged is renamed: its client gets NoSuchUpload, and starts another.
 */
export function openUploads(dir: string, care: StateCare): Uploads {
  mkdirSync(dir, { recursive: true })
  const folder = (id: string) => join(dir, id)
  const uploads = new Map<string, Upload>()
  for (const id of readdirSync(dir)) {
    if (id.startsWith(REMOVED) && ID.test(id.slice(REMOVED.length))) {
      rmSync(folder(id), { recursive: true, force: true })
      continue
    }
    // What else is there, of a file manager or damaged, is no upload.
    const upload = ID.test(id) ? load(folder(id), care) : undefined
    if (upload) uploads.set(id, upload)
  }
  return {
    start(description) {
      const upload = { ...description, id: randomBytes(32).toString('hex') }
      mkdirSync(folder(upload.id))
      const { log } = openLineLog(join(folder(upload.id), PARTS), partsSpec(upload.id, care))
      log.rewrite([])
      writeJsonFile(join(folder(upload.id), DESCRIPTION), upload)
      const started: Upload = { ...upload, parts: new Map(), log }
      uploads.set(upload.id, started)
      return started
    },
    find: id => uploads.get(id),
    all: () => [...uploads.values()],
    list: bucket =>
      [...uploads.values()].filter(upload => upload.bucket === bucket).sort((a, b) => a.startedMs - b.startedMs),
    newFile(upload) {
      const name = randomBytes(16).toString('hex')
      return { name, path: join(folder(upload.id), name) }
    },
    pathOf: (upload, file) => join(folder(upload.id), file),
    savePart(upload, part) {
      const replaced = upload.parts.get(part.number)
      upload.log.append(part)
      upload.parts.set(part.number, part)
      if (replaced) rmSync(join(folder(upload.id), replaced.file), { force: true })
    },
    remove(upload) {
      // First its name: a kill in between leaves a folder that is removed on opening.
      const removed = join(dir, `${REMOVED}${upload.id}`)
      renameSync(folder(upload.id), removed)
      uploads.delete(upload.id)
      rmSync(removed, { recursive: true, force: true })
    },
    renameOrphan(upload) {
      uploads.delete(upload.id)
      reportOrphan(folder(upload.id), upload, care)
    },
  }
}

function reportOrphan(file: string, { bucket }: Upload, care: StateCare): void {
  const damage = { file, what: `its bucket ${bucket} is missing`, lost: LOST }
  reportDamage(damage, care, renameDamaged(file, care.now()))
}

const partsSpec = (id: string, care: StateCare) => ({
  schema: Part,
  care,
  lost: `parts of the upload ${id}`,
  canGoOn: true,
})

/** Reads an upload; undefined when it was never started, and is removed, or when it is damaged, and is renamed. */
function load(dir: string, care: StateCare): Upload | undefined {
  const file = join(dir, DESCRIPTION)
  // A kill came right behind the folder.
  if (readdirSync(dir).length === 0) {
    rmdirSync(dir)
    return undefined
  }
  const description = readJsonFile(file, { schema: Description, care, lost: LOST, canGoOn: true })
  if (!description || !existsSync(join(dir, PARTS))) {
    const what = description ? `${PARTS} is missing` : `${DESCRIPTION} is missing or damaged`
    reportDamage({ file: dir, what, lost: LOST }, care, renameDamaged(dir, care.now()))
    return undefined
  }
  const { log, entries, damage } = openLineLog(join(dir, PARTS), partsSpec(description.id, care))
  const parts = new Map(entries.map(part => [part.number, part]))
  const current = new Set([...parts.values()].map(part => part.file))
  const named = new Set(entries.map(part => part.file))
  for (const name of readdirSync(dir)) {
    if (!FILE.test(name) || current.has(name)) continue
    // A list that lost lines may not say which part replaced which.
    if (named.has(name) && !damage) rmSync(join(dir, name), { force: true })
    // Never acknowledged, or a part whose line is lost: it goes with the upload.
    else renameDamaged(join(dir, name), care.now())
  }
  return { ...description, parts, log }
}
