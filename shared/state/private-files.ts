import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const OTHERS = 0o077

/**
 * From here on this process, and what it starts, makes files and folders that only this user can open. On Windows the
 * user's folder is private already.
 */
export function makeFilesPrivate(): void {
  process.umask(OTHERS)
}

/**
 * Takes all rights of others from a folder and everything in it, as an older version made it. The folder itself comes
 * last, and one that is private already is not opened: what was made in it since is private, too.
 */
export async function closeToOthers(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await lstat(path)
  if ((mode & OTHERS) === 0) return
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue
    const inner = join(entry.parentPath, entry.name)
    const found = await lstat(inner)
    if ((found.mode & OTHERS) !== 0) await chmod(inner, found.mode & 0o7777 & ~OTHERS)
  }
  await chmod(path, mode & 0o7777 & ~OTHERS)
}
