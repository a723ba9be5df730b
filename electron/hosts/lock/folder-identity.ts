import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { z } from 'zod'
import { folderRefusal, makeFolder, notAFolder } from '../make-folder.ts'

/**
 * Which folder this is, whatever leads to it. Device and inode stay when it is renamed, and are others in a copy, also
 * in one that keeps times and owners (`cp -a`); the path is the real one, without symbolic links.
 */
export const FolderIdentity = z.object({ path: z.string(), device: z.string(), inode: z.string() })
export type FolderIdentity = z.infer<typeof FolderIdentity>

/** The identity of a data folder, which is made if it is not there. @throws ExpectedError when it cannot be used */
export async function identifyFolder(data: string): Promise<FolderIdentity> {
  try {
    // The first folder that is made belongs to this user only: there are secrets in it.
    await makeFolder(data)
    return await identityOf(data)
  } catch (error) {
    throw folderRefusal(error, data)
  }
}

/** The identity of a data folder; undefined when it is not there. @throws ExpectedError when it cannot be used */
export async function knownFolder(data: string): Promise<FolderIdentity | undefined> {
  try {
    return await identityOf(data)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw folderRefusal(error, data)
  }
}

async function identityOf(data: string): Promise<FolderIdentity> {
  const path = await realpath(data)
  const found = await stat(path, { bigint: true })
  if (!found.isDirectory()) throw notAFolder(data)
  const { dev, ino } = found
  return { path, device: String(dev), inode: String(ino) }
}

/** Whether both are one folder, also under another name. A file system without inodes (FAT) has only the path. */
export const isSameFolder = (a: FolderIdentity, b: FolderIdentity): boolean =>
  a.inode === '0' || b.inode === '0' ? a.path === b.path : a.device === b.device && a.inode === b.inode

/** A short name of the folder, for places where its path is too long. */
export const shortName = ({ path, device, inode }: FolderIdentity): string =>
  createHash('sha256')
    .update(inode === '0' ? path : `${device}:${inode}`)
    .digest('hex')
    .slice(0, 20)
