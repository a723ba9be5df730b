import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/**
 * The files beside the archive: Node, the programs that it runs, native code. Electron checks the archive itself (the
 * fuse EmbeddedAsarIntegrityValidation, on macOS and Windows), and none of these; so the archive holds their checksums.
 */
export const UNPACKED_LIST = 'dist/electron/unpacked.json'
const FOLDERS = ['node', 'programs', 'app.asar.unpacked']
/** electron-builder decides which packages lie here rather than in the archive: one of the list may be missing. */
const MAY_BE_IN_ARCHIVE = 'app.asar.unpacked/'

/** SHA-256 by path below the folder of resources, with slashes. */
export type UnpackedList = Readonly<Record<string, string>>

/** The first file that is not as the list has it, and what is wrong with it; undefined when all are. */
export async function changedFile(resources: string, list: UnpackedList): Promise<string | undefined> {
  const missing = new Set(Object.keys(list).filter(path => !path.startsWith(MAY_BE_IN_ARCHIVE)))
  for (const folder of FOLDERS)
    for (const path of await filesBelow(resources, folder)) {
      missing.delete(path)
      if (list[path] === undefined) return `${path} does not belong to it`
      if (list[path] !== (await sha256(join(resources, path)))) return `${path} was changed`
    }
  const [gone] = missing
  return gone === undefined ? undefined : `${gone} is missing`
}

/** The message for a person who starts a program that was changed. */
export const changedText = (what: string): string =>
  `Sluice does not start: of the files it was installed with, ${what}. Install it again from where you have it, ` +
  'and find out who changed it.'

/** The paths of all files below a folder, relative to its root, sorted. */
export async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const paths = await Promise.all(
    entries.map(entry => {
      const path = `${folder}/${entry.name}`
      return entry.isDirectory() ? filesBelow(root, path) : [path]
    }),
  )
  return paths.flat().sort()
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}
