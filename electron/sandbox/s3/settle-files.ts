import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Damage,
  DamagedState,
  damagedName,
  refuseOrRename,
  reportDamage,
  type StateCare,
} from '../../../shared/state/damage.ts'
import type { BucketVersions } from './bucket-versions.ts'
import type { Version } from './version.ts'

/** What is known of a bucket's folder when its index was read. */
export interface FoundFiles {
  /** The name of the bucket. */
  bucket: string
  /** The file of the index. */
  index: string
  /** Where the bytes of objects are, and where bytes come in. */
  objectsDir: string
  incomingDir: string
  versions: BucketVersions
  /** Files that a line of the index named once. */
  named: ReadonlySet<string>
  /** No line of the index is lost. */
  isIndexWhole: boolean
  /** Of an older version, which moved nothing in. */
  isOld: boolean
  care: StateCare
}

/**
 * Brings the folder of bytes in line with the index, without removing what might be somebody's object.
 * @throws DamagedState
 */
export function settleFiles(found: FoundFiles): void {
  const { objectsDir, incomingDir, versions, named, isIndexWhole, care } = found
  const there = new Set(readdirSync(objectsDir).filter(isOurs))
  const incoming = new Set(readdirSync(incomingDir).filter(isOurs))
  const all = versions.all()
  const current = new Set(all.map(version => version.file))
  const unnamed = [...there].filter(name => !named.has(name))
  if (unnamed.length > 0 && !found.isOld && isIndexWhole && !care.repairs)
    throw new DamagedState(unnamedFiles(found, objectsDir, unnamed))
  for (const version of all) {
    if (version.file === undefined) continue
    if (there.has(version.file)) checkFile(found, version, join(objectsDir, version.file))
    else bringIn(found, version, version.file, incoming)
  }
  const replaced = [...there].filter(name => named.has(name) && !current.has(name))
  const left = [...incoming].filter(name => !current.has(name))
  // An index that is whole names everything that was acknowledged, as its line comes before the answer: what it says
  // is gone was replaced or deleted, and bytes in `incoming` that it does not name are of an upload that was never
  // answered. An index that lost lines says neither: the line that is lost may have been the one that named them
  // last.
  if (isIndexWhole && unnamed.length === 0) {
    for (const name of replaced) rmSync(join(objectsDir, name), { force: true })
    for (const name of left) rmSync(join(incomingDir, name), { force: true })
    return
  }
  keepDamaged(found, objectsDir, [...unnamed, ...replaced])
  // Of an older version's folder nothing came in yet.
  keepDamaged(found, incomingDir, left)
}

/** A kill came between the line of a version and the move of its bytes; else they are lost. */
function bringIn(found: FoundFiles, { key, versionId }: Version, file: string, incoming: ReadonlySet<string>): void {
  const { incomingDir, objectsDir, care } = found
  const path = join(objectsDir, file)
  if (incoming.has(file)) {
    renameSync(join(incomingDir, file), path)
    return
  }
  const missing = { file: path, what: 'it is missing', lost: lostObject(found, key) }
  if (!care.repairs) throw new DamagedState(missing)
  care.notice({ kind: 'damage', state: 'bad', title: `${missing.file} is missing`, detail: `Lost: ${missing.lost}.` })
  found.versions.apply({ t: 'remove', key, versionId })
}

/** A reader of the object sees a changed byte: its checksum goes with it. */
function checkFile(found: FoundFiles, { key, versionId, sizeBytes }: Version, file: string): void {
  const stat = statSync(file)
  if (stat.isFile() && stat.size === sizeBytes) return
  const what = stat.isFile() ? `it has ${stat.size} bytes, and ${sizeBytes} were written` : 'it is no file'
  refuseOrRename({ file, what, lost: lostObject(found, key) }, found.care, false)
  found.versions.apply({ t: 'remove', key, versionId })
}

const lostObject = ({ bucket }: FoundFiles, key: string): string => `the object ${key} of the bucket ${bucket}`

function unnamedFiles({ bucket, index }: FoundFiles, folder: string, names: readonly string[]): Damage {
  const what = `it names none of ${names.length} files in ${folder}`
  return { file: index, what, lost: `which objects of the bucket ${bucket} these were` }
}

/** Bytes that a damaged index does not name, or no longer. An older version left some after a kill, too. */
function keepDamaged(found: FoundFiles, folder: string, names: readonly string[]): void {
  if (names.length === 0) return
  const renamed = damagedName(folder, found.care.now())
  mkdirSync(renamed)
  for (const name of names) renameSync(join(folder, name), join(renamed, name))
  reportDamage(unnamedFiles(found, folder, names), found.care, renamed)
}

/**
 * Whether a bucket's `newFile` gave a name: what else is in a folder of bytes (.DS_Store of a file manager, what was
 * renamed) is no object.
 */
const isOurs = (name: string): boolean => /^[0-9a-f]{32}$/.test(name)
