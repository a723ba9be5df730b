import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** One version of an object, or a delete marker. */
export const Version = z.object({
  key: z.string(),
  /** `null` for what was put while versioning was not on. */
  versionId: z.string(),
  /** The name of the file with its bytes; absent for a delete marker. */
  file: z.string().optional(),
  sizeBytes: z.int(),
  /** Without quotes. */
  etag: z.string(),
  modifiedMs: z.number(),
  /** Content-Type and its like, as they are given back. */
  headers: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
  checksum: z.object({ name: z.string(), value: z.string() }).optional(),
  tags: z.record(z.string(), z.string()),
})
export type Version = z.output<typeof Version>

const Settings = z.object({
  name: z.string(),
  createdMs: z.number(),
  versioning: z.enum(['Off', 'Enabled', 'Suspended']),
  tags: z.record(z.string(), z.string()).optional(),
  /** Configurations that are kept as they came, by the name of their subresource. */
  documents: z.record(z.string(), z.string()),
})
export type Settings = z.output<typeof Settings>

const Line = z.discriminatedUnion('t', [
  z.object({ t: z.literal('put'), version: Version }),
  z.object({ t: z.literal('remove'), key: z.string(), versionId: z.string() }),
])

/** A bucket: its settings, its index in memory, its bytes in files whose names say nothing of the keys. */
export interface Bucket {
  settings: Settings
  dir: string
  /** Keys that have any version, in the order of their UTF-8 bytes. */
  sortedKeys(): readonly string[]
  versions(key: string): readonly Version[]
  /** The newest version, unless it is a delete marker. */
  current(key: string): Version | undefined
  /** A new place for bytes; its file becomes part of an object with `add`. */
  newFile(): { name: string; path: string }
  pathOf(file: string): string
  add(version: Version): void
  remove(key: string, versionId: string): void
  /** Gives a version other tags; its bytes and its place among the versions stay. */
  retag(version: Version, tags: Record<string, string>): void
  saveSettings(): void
  isEmpty(): boolean
}

const INDEX = 'index.jsonl'
const SETTINGS = 'bucket.json'

/** Keys in the order that S3 lists them. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/**
 * Opens a bucket's folder, or makes it. An object is acknowledged after its bytes are in place and then a line of the index is written: a
 * kill leaves the old object or the new one. Files that no line names were never acknowledged, and are removed here.
 */
export function openBucket(dir: string, fresh?: Settings): Bucket {
  mkdirSync(join(dir, 'objects'), { recursive: true })
  const settings = fresh ?? Settings.parse(JSON.parse(readFileSync(join(dir, SETTINGS), 'utf8')))
  const byKey = new Map<string, Version[]>()
  let sorted: string[] | undefined

  function apply(line: z.output<typeof Line>): void {
    if (line.t === 'put') {
      const { version } = line
      const known = byKey.get(version.key)
      if (!known) sorted = undefined
      const sameFile = known?.findIndex(entry => entry.versionId === version.versionId && entry.file === version.file) ?? -1
      if (known && sameFile >= 0) known[sameFile] = version
      else byKey.set(version.key, [...(known ?? []).filter(entry => entry.versionId !== version.versionId), version])
    } else {
      const left = (byKey.get(line.key) ?? []).filter(entry => entry.versionId !== line.versionId)
      if (left.length > 0) byKey.set(line.key, left)
      else if (byKey.delete(line.key)) sorted = undefined
    }
  }
  const append = (line: z.input<typeof Line>) => appendFileSync(join(dir, INDEX), `${JSON.stringify(line)}\n`)

  const bucket: Bucket = {
    settings,
    dir,
    sortedKeys() {
      sorted ??= [...byKey.keys()].sort(compareKeys)
      return sorted
    },
    versions: key => byKey.get(key) ?? [],
    current(key) {
      const newest = byKey.get(key)?.at(-1)
      return newest?.file === undefined ? undefined : newest
    },
    newFile() {
      const name = randomBytes(16).toString('hex')
      return { name, path: join(dir, 'objects', name) }
    },
    pathOf: file => join(dir, 'objects', file),
    add(version) {
      const replaced = bucket.versions(version.key).find(entry => entry.versionId === version.versionId)
      append({ t: 'put', version })
      apply({ t: 'put', version })
      if (replaced?.file) unlinkSync(bucket.pathOf(replaced.file))
    },
    remove(key, versionId) {
      const removed = bucket.versions(key).find(entry => entry.versionId === versionId)
      if (!removed) return
      append({ t: 'remove', key, versionId })
      apply({ t: 'remove', key, versionId })
      if (removed.file) unlinkSync(bucket.pathOf(removed.file))
    },
    retag(version, tags) {
      append({ t: 'put', version: { ...version, tags } })
      version.tags = tags
    },
    saveSettings() {
      const file = join(dir, SETTINGS)
      writeFileSync(`${file}.tmp`, JSON.stringify(settings))
      renameSync(`${file}.tmp`, file)
    },
    isEmpty: () => byKey.size === 0,
  }

  if (fresh) bucket.saveSettings()
  else load()
  return bucket

  function load(): void {
    const file = join(dir, INDEX)
    if (existsSync(file)) {
      const bytes = readFileSync(file)
      const end = bytes.lastIndexOf(0x0a) + 1
      if (end < bytes.length) truncateSync(file, end)
      for (const text of bytes.toString('utf8', 0, end).split('\n')) if (text) apply(Line.parse(JSON.parse(text)))
      const lines = [...byKey.values()].flat().map(version => JSON.stringify({ t: 'put', version }))
      writeFileSync(`${file}.tmp`, lines.map(line => `${line}\n`).join(''))
      renameSync(`${file}.tmp`, file)
    }
    const known = new Set([...byKey.values()].flat().map(version => version.file))
    for (const name of readdirSync(join(dir, 'objects')))
      if (!known.has(name)) rmSync(join(dir, 'objects', name), { force: true })
  }
}
