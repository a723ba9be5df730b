import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { openLineLog } from './line-log.ts'
import { type SortedKeys, sortedKeys } from './sorted-keys.ts'
import { Version } from './version.ts'

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
  /** The id of a version to come: `null` unless the bucket keeps versions. */
  newVersionId(nowMs: number): string
  saveSettings(): void
  isEmpty(): boolean
}

const INDEX = 'index.jsonl'
/** The file that makes a folder a bucket. */
export const SETTINGS = 'bucket.json'

/** A log with this many lines more than twice the versions is written anew. */
const SPARE_LINES = 20_000

/**
 * Opens a bucket's folder, or makes it. An object is acknowledged after its bytes are in place and then a line of the index is written: a
 * kill leaves the old object or the new one. Files that no line names were never acknowledged, and are removed here.
 */
export function openBucket(dir: string, fresh?: Settings): Bucket {
  mkdirSync(join(dir, 'objects'), { recursive: true })
  const settings = fresh ?? Settings.parse(JSON.parse(readFileSync(join(dir, SETTINGS), 'utf8')))
  const byKey = new Map<string, Version[]>()
  /** Not kept while the log is read: sorting once is faster. */
  let sorted: SortedKeys | undefined
  const { log, lines } = openLineLog(join(dir, INDEX))
  let versionCount = 0
  let lastVersionMs = 0
  let versionsInMs = 0

  function apply(line: z.output<typeof Line>): void {
    const key = line.t === 'put' ? line.version.key : line.key
    const known = byKey.get(key)
    if (line.t === 'put') {
      const { version } = line
      // New tags of a version: a line with the same file.
      const sameFile = known?.findIndex(entry => entry.versionId === version.versionId && entry.file === version.file) ?? -1
      if (known && sameFile >= 0 && version.file !== undefined) known[sameFile] = version
      else set(key, known, [...(known ?? []).filter(entry => entry.versionId !== version.versionId), version])
    } else if (known) {
      set(
        key,
        known,
        known.filter(entry => entry.versionId !== line.versionId),
      )
    }
  }

  function set(key: string, before: Version[] | undefined, after: Version[]): void {
    versionCount += after.length - (before?.length ?? 0)
    if (after.length > 0) byKey.set(key, after)
    else byKey.delete(key)
    if (!before && after.length > 0) sorted?.add(key)
    if (before && after.length === 0) sorted?.delete(key)
  }

  function write(line: z.input<typeof Line>): void {
    log.append(JSON.stringify(line))
    apply(line)
    if (log.length() > 2 * versionCount + SPARE_LINES) compact()
  }

  /** Writes the log anew with only what is there. */
  function compact(): void {
    log.rewrite([...byKey.values()].flat().map(version => JSON.stringify({ t: 'put', version })))
  }

  const bucket: Bucket = {
    settings,
    dir,
    sortedKeys() {
      sorted ??= sortedKeys(byKey.keys())
      return sorted.all()
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
      write({ t: 'put', version })
      if (replaced?.file) rmSync(bucket.pathOf(replaced.file), { force: true })
    },
    remove(key, versionId) {
      const removed = bucket.versions(key).find(entry => entry.versionId === versionId)
      if (!removed) return
      write({ t: 'remove', key, versionId })
      if (removed.file) rmSync(bucket.pathOf(removed.file), { force: true })
    },
    retag: (version, tags) => write({ t: 'put', version: { ...version, tags } }),
    newVersionId(nowMs) {
      if (settings.versioning !== 'Enabled') return 'null'
      versionsInMs = nowMs === lastVersionMs ? versionsInMs + 1 : 0
      lastVersionMs = nowMs
      return `${nowMs.toString(36)}.${versionsInMs.toString(36).padStart(4, '0')}.${randomBytes(6).toString('hex')}`
    },
    saveSettings() {
      const file = join(dir, SETTINGS)
      writeFileSync(`${file}.tmp`, JSON.stringify(settings))
      renameSync(`${file}.tmp`, file)
    },
    isEmpty: () => byKey.size === 0,
  }

  if (fresh) bucket.saveSettings()
  for (const line of lines) apply(Line.parse(JSON.parse(line)))
  if (lines.length > 0) compact()
  const known = new Set([...byKey.values()].flat().map(version => version.file))
  for (const name of readdirSync(join(dir, 'objects'))) if (!known.has(name)) rmSync(join(dir, 'objects', name), { force: true })
  return bucket
}
