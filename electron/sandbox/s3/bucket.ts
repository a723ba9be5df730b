import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { encodeLines } from '../../../shared/state/checked-lines.ts'
import { DamagedState, type StateCare } from '../../../shared/state/damage.ts'
import { diskTrouble } from '../../../shared/state/disk-trouble.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'
import { openLineLog, replaceFile } from '../../../shared/state/line-log.ts'
import { createBucketVersions, IndexLine } from './bucket-versions.ts'
import { settleFiles } from './settle-files.ts'
import type { Version } from './version.ts'

const Settings = z.object({
  name: z.string(),
  createdMs: z.number(),
  versioning: z.enum(['Off', 'Enabled', 'Suspended']),
  tags: z.record(z.string(), z.string()).optional(),
  /** Configurations that are kept as they came, by the name of their subresource. */
  documents: z.record(z.string(), z.string()),
})
export type Settings = z.output<typeof Settings>

/** A bucket: its settings, its index in memory, its bytes in files whose names say nothing of the keys. */
export interface Bucket {
  settings: Settings
  dir: string
  /** Keys that have any version, in the order of their UTF-8 bytes. */
  sortedKeys(): readonly string[]
  versions(key: string): readonly Version[]
  /** The newest version, unless it is a delete marker. */
  current(key: string): Version | undefined
  /** A new place for bytes; its file becomes part of an object with `add`, which moves it. */
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

const SETTINGS = 'bucket.json'

/** Bytes of objects, and bytes that come in and belong to none yet. */
const OBJECTS = 'objects'
const INCOMING = 'incoming'

/** A log with this many lines more than twice the versions is rewritten. */
const SPARE_LINES = 20_000

/**
 * Makes the folder of a new bucket, which `openBucket` opens then: one without an index or settings is damaged, so a
 * folder that a kill may leave half made must not have the name of a bucket yet.
 */
export function makeBucket(dir: string, settings: Settings): void {
  for (const folder of [OBJECTS, INCOMING]) mkdirSync(join(dir, folder), { recursive: true })
  replaceFile(join(dir, INDEX), encodeLines([]))
  writeJsonFile(join(dir, SETTINGS), settings)
}

/** Whether there is anything of a bucket in a folder. */
export const hasBucket = (dir: string): boolean =>
  [SETTINGS, INDEX, OBJECTS, INCOMING].some(name => existsSync(join(dir, name)))

/**
 * Opens a bucket's folder. An object is acknowledged after its bytes are on disk and a line of the index is written: a
 * kill leaves the old object or the new one. Bytes come in under a name of their own and move behind their line, so
 * what a kill left of an upload is distinguished from objects whose lines are lost: those are never removed.
 * @throws DamagedState
 */
export function openBucket(dir: string, care: StateCare): Bucket {
  const objectsDir = join(dir, OBJECTS)
  const incomingDir = join(dir, INCOMING)
  const isOld = !existsSync(incomingDir)
  for (const folder of [objectsDir, incomingDir]) mkdirSync(folder, { recursive: true })
  const settings = readSettings(dir, care)
  const { log, versions, named, isIndexWhole } = openIndex(dir, { bucket: settings.name, isOld, care })
  const index = join(dir, INDEX)
  settleFiles({
    bucket: settings.name,
    index,
    objectsDir,
    incomingDir,
    versions,
    named,
    isIndexWhole,
    isOld,
    care,
  })
  const notMoved = new Set<string>()
  const newVersionId = versionIds()

  function write(line: z.input<typeof IndexLine>): void {
    log.append(line)
    versions.apply(line)
  }

  /** Rewrites the log with only what is there, when most of it is not; after the bytes that it forgets are removed. */
  function compact(always = false): void {
    if (!always && log.length() <= 2 * versions.count() + SPARE_LINES) return
    log.rewrite(versions.all().map(version => ({ t: 'put', version })))
  }

  const pathOf = (file: string): string => join(notMoved.has(file) ? incomingDir : objectsDir, file)

  /**
   * A full disk may have no room for the name: the bytes are whole where they are, and move when the bucket is opened
   * again.
   */
  function moveIn(file: string): void {
    try {
      renameSync(join(incomingDir, file), join(objectsDir, file))
    } catch (error) {
      if (!diskTrouble(error)) throw error
      notMoved.add(file)
    }
  }

  /** Bytes of a version that is gone. A kill before leaves them behind a line that says so. */
  function forget(version: Version | undefined): void {
    if (version?.file) rmSync(pathOf(version.file), { force: true })
  }

  compact(true)
  return {
    settings,
    dir,
    sortedKeys: versions.sortedKeys,
    versions: versions.of,
    current(key) {
      const newest = versions.of(key).at(-1)
      return newest?.file === undefined ? undefined : newest
    },
    newFile() {
      const name = randomBytes(16).toString('hex')
      return { name, path: join(incomingDir, name) }
    },
    pathOf,
    add(version) {
      const replaced = versions.of(version.key).find(entry => entry.versionId === version.versionId)
      write({ t: 'put', version })
      if (version.file !== undefined) moveIn(version.file)
      forget(replaced)
      compact()
    },
    remove(key, versionId) {
      const removed = versions.of(key).find(entry => entry.versionId === versionId)
      if (!removed) return
      write({ t: 'remove', key, versionId })
      forget(removed)
      compact()
    },
    retag(version, tags) {
      write({ t: 'put', version: { ...version, tags } })
      compact()
    },
    newVersionId: nowMs => (settings.versioning === 'Enabled' ? newVersionId(nowMs) : 'null'),
    saveSettings: () => writeJsonFile(join(dir, SETTINGS), settings),
    isEmpty: versions.isEmpty,
  }
}

/** Reads the index of a bucket: what is there, and the files that its lines ever named. @throws DamagedState */
function openIndex(dir: string, { bucket, isOld, care }: { bucket: string; isOld: boolean; care: StateCare }) {
  const index = join(dir, INDEX)
  const lost = `objects of the bucket ${bucket}, whose bytes are kept`
  // It is there before the bucket is; only an older version made it with the first object.
  const isMissing = !isOld && !existsSync(index)
  if (isMissing) reportMissing(index, lost, care)
  const { log, entries, damage } = openLineLog(index, { schema: IndexLine, care, lost, canGoOn: false })
  const versions = createBucketVersions()
  /** What is there of them and is no version any more, a kill left. */
  const named = new Set<string>()
  for (const line of entries) {
    if (line.t === 'put' && line.version.file !== undefined) named.add(line.version.file)
    versions.apply(line)
  }
  return { log, versions, named, isIndexWhole: !damage && !isMissing }
}

/** Ids that sort by the time they were made; those of one millisecond are counted. */
function versionIds(): (nowMs: number) => string {
  let lastMs = 0
  let inMs = 0
  return nowMs => {
    inMs = nowMs === lastMs ? inMs + 1 : 0
    lastMs = nowMs
    return `${nowMs.toString(36)}.${inMs.toString(36).padStart(4, '0')}.${randomBytes(6).toString('hex')}`
  }
}

/** @throws DamagedState */
function reportMissing(file: string, lost: string, care: StateCare): void {
  const damage = { file, what: 'it is missing', lost }
  if (!care.repairs) throw new DamagedState(damage)
  care.notice({ state: 'bad', title: `${file} is damaged: ${damage.what}`, detail: `Lost: ${lost}.` })
}

/** What the bucket is set to; of one whose settings are lost, the defaults, when that was asked for. */
function readSettings(dir: string, care: StateCare): Settings {
  const name = basename(dir)
  const lost = `versioning, tags, policies and other settings of the bucket ${name}`
  const file = join(dir, SETTINGS)
  if (!existsSync(file) && !care.repairs) throw new DamagedState({ file, what: 'it is missing', lost })
  const found = readJsonFile(file, { schema: Settings, care, lost, canGoOn: false })
  if (found) return found
  const settings: Settings = { name, createdMs: statSync(dir).birthtimeMs, versioning: 'Off', documents: {} }
  writeJsonFile(file, settings)
  return settings
}
