import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { encodeLines } from '../../../shared/state/checked-lines.ts'
import {
  asideName,
  type Damage,
  DamagedState,
  reportDamage,
  type StateCare,
  setAside,
} from '../../../shared/state/damage.ts'
import { diskTrouble } from '../../../shared/state/disk-trouble.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'
import { openLineLog, replaceFile } from '../../../shared/state/line-log.ts'
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

/** A log with this many lines more than twice the versions is written anew. */
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
 * what a kill left of an upload is told from objects whose lines are lost: those are never removed.
 * @throws DamagedState
 */
export function openBucket(dir: string, care: StateCare): Bucket {
  const objectsDir = join(dir, OBJECTS)
  const incomingDir = join(dir, INCOMING)
  const isOld = !existsSync(incomingDir)
  for (const folder of [objectsDir, incomingDir]) mkdirSync(folder, { recursive: true })
  const settings = readSettings(dir, care)
  const byKey = new Map<string, Version[]>()
  /** Not kept while the log is read: sorting once is faster. */
  let sorted: SortedKeys | undefined
  const index = join(dir, INDEX)
  const lostLines = `objects of the bucket ${settings.name}, whose bytes are kept`
  // It is there before the bucket is; only an older version made it with the first object.
  const isMissing = !isOld && !existsSync(index)
  if (isMissing) reportMissing(index, lostLines, care)
  const { log, entries, damage } = openLineLog(index, { schema: Line, care, lost: lostLines, canGoOn: false })
  /** Files that a line named once: what is there of them and is no version any more, a kill left. */
  const named = new Set<string>()
  const notMoved = new Set<string>()
  let versionCount = 0
  let lastVersionMs = 0
  let versionsInMs = 0

  function apply(line: z.output<typeof Line>): void {
    const key = line.t === 'put' ? line.version.key : line.key
    const known = byKey.get(key)
    if (line.t === 'put') {
      const { version } = line
      // New tags of a version: a line with the same file.
      const sameFile =
        known?.findIndex(entry => entry.versionId === version.versionId && entry.file === version.file) ?? -1
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
    log.append(line)
    apply(line)
  }

  /**
   * Writes the log anew with only what is there, when most of it is not; after the bytes that it forgets are removed.
   */
  function compact(always = false): void {
    if (!always && log.length() <= 2 * versionCount + SPARE_LINES) return
    log.rewrite([...byKey.values()].flat().map(version => ({ t: 'put', version })))
  }

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
    if (version?.file) rmSync(bucket.pathOf(version.file), { force: true })
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
      return { name, path: join(incomingDir, name) }
    },
    pathOf: file => join(notMoved.has(file) ? incomingDir : objectsDir, file),
    add(version) {
      const replaced = bucket.versions(version.key).find(entry => entry.versionId === version.versionId)
      write({ t: 'put', version })
      if (version.file !== undefined) moveIn(version.file)
      forget(replaced)
      compact()
    },
    remove(key, versionId) {
      const removed = bucket.versions(key).find(entry => entry.versionId === versionId)
      if (!removed) return
      write({ t: 'remove', key, versionId })
      forget(removed)
      compact()
    },
    retag(version, tags) {
      write({ t: 'put', version: { ...version, tags } })
      compact()
    },
    newVersionId(nowMs) {
      if (settings.versioning !== 'Enabled') return 'null'
      versionsInMs = nowMs === lastVersionMs ? versionsInMs + 1 : 0
      lastVersionMs = nowMs
      return `${nowMs.toString(36)}.${versionsInMs.toString(36).padStart(4, '0')}.${randomBytes(6).toString('hex')}`
    },
    saveSettings: () => writeJsonFile(join(dir, SETTINGS), settings),
    isEmpty: () => byKey.size === 0,
  }

  for (const line of entries) {
    if (line.t === 'put' && line.version.file !== undefined) named.add(line.version.file)
    apply(line)
  }
  settleFiles()
  compact(true)
  return bucket

  function lostObject(key: string): string {
    return `the object ${key} of the bucket ${settings.name}`
  }

  /** Brings the folder of bytes in line with the index, without removing what might be somebody's object. */
  function settleFiles(): void {
    const there = new Set(readdirSync(objectsDir).filter(isOurs))
    const incoming = new Set(readdirSync(incomingDir).filter(isOurs))
    const versions = [...byKey.values()].flat()
    const current = new Set(versions.map(version => version.file))
    const unnamed = [...there].filter(name => !named.has(name))
    if (unnamed.length > 0 && !isOld && !damage && !isMissing && !care.repairs)
      throw new DamagedState(unnamedFiles(objectsDir, unnamed))
    for (const version of versions) {
      if (version.file === undefined) continue
      if (there.has(version.file)) checkFile(version, bucket.pathOf(version.file))
      else bringIn(version, incoming)
    }
    const replaced = [...there].filter(name => named.has(name) && !current.has(name))
    const left = [...incoming].filter(name => !current.has(name))
    // An index that is whole names everything that was acknowledged, as its line comes before the answer: what it says
    // is gone was replaced or deleted, and bytes in `incoming` that it does not name are of an upload that was never
    // answered. An index that lost lines says neither: the line that is lost may have been the one that named them
    // last.
    if (!damage && !isMissing && unnamed.length === 0) {
      for (const name of replaced) rmSync(join(objectsDir, name), { force: true })
      for (const name of left) rmSync(join(incomingDir, name), { force: true })
      return
    }
    keepAside(objectsDir, [...unnamed, ...replaced])
    // Of an older version's folder nothing came in yet.
    keepAside(incomingDir, left)
  }

  /** A kill came between the line of a version and the move of its bytes; else they are lost. */
  function bringIn(version: Version, incoming: ReadonlySet<string>): void {
    const { file, key, versionId } = version
    if (file === undefined) return
    if (incoming.has(file)) {
      renameSync(join(incomingDir, file), bucket.pathOf(file))
      return
    }
    const missing = { file: bucket.pathOf(file), what: 'it is missing', lost: lostObject(key) }
    if (!care.repairs) throw new DamagedState(missing)
    care.notice({ kind: 'damage', state: 'bad', title: `${missing.file} is missing`, detail: `Lost: ${missing.lost}.` })
    apply({ t: 'remove', key, versionId })
  }

  /** A changed byte is seen by whoever reads the object: its checksum goes with it. */
  function checkFile({ key, versionId, sizeBytes }: Version, file: string): void {
    const found = statSync(file)
    if (found.isFile() && found.size === sizeBytes) return
    const what = found.isFile() ? `it has ${found.size} bytes, and ${sizeBytes} were written` : 'it is no file'
    setAside({ file, what, lost: lostObject(key) }, care, false)
    apply({ t: 'remove', key, versionId })
  }

  function unnamedFiles(folder: string, names: readonly string[]): Damage {
    const what = `it names none of ${names.length} files in ${folder}`
    return { file: index, what, lost: `which objects of the bucket ${settings.name} these were` }
  }

  /** Bytes that a damaged index does not name, or no longer. An older version left some after a kill, too. */
  function keepAside(folder: string, names: readonly string[]): void {
    if (names.length === 0) return
    const aside = asideName(folder, care.now())
    mkdirSync(aside)
    for (const name of names) renameSync(join(folder, name), join(aside, name))
    reportDamage(unnamedFiles(folder, names), care, aside)
  }
}

/**
 * Whether `newFile` gave a name: what else is in a folder of bytes (.DS_Store of a file manager, what was moved aside)
 * is no object.
 */
const isOurs = (name: string): boolean => /^[0-9a-f]{32}$/.test(name)

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
