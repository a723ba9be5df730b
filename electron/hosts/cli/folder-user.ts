import { knownFolder } from '../lock/folder-identity.ts'
import { lockHolder } from '../lock/folder-lock.ts'
import type { LockRecord } from '../lock/lock-record.ts'

/** Who holds core of a folder: a console, a demo or a command that works with its sandbox. */
export async function folderUser(data: string): Promise<LockRecord | undefined> {
  const folder = await knownFolder(data)
  return folder && lockHolder(folder, 'core')
}
