import { rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { ExpectedError } from '../../shared/rpc/contract.ts'
import { shellWord } from '../../shared/shell-word.ts'
import { closeToOthers } from '../../shared/state/private-files.ts'
import { locksFolder } from './lock/endpoint.ts'
import { folderRefusal, makeFolder } from './make-folder.ts'

/**
 * Where Sluice keeps its state: what the user names, else the folder that the system has for a user's application data.
 */
export function dataFolder(
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): string {
  if (named === '')
    throw new ExpectedError({
      code: 'invalid_input',
      message: '--data names no folder: its value is empty.',
      hint:
        'Name a folder, or leave --data out to use the one of this user. An unset variable of the shell gives an ' +
        'empty value.',
      retryable: false,
    })
  if (named !== undefined) return resolve(named)
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Sluice')
  if (platform === 'win32') return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Sluice')
  return join(environment.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'sluice')
}

/** The option that names a data folder, to be typed in a shell. */
export const dataOption = (data: string): string => `--data ${shellWord(data)}`

/** The folders inside it. Resetting the sandbox removes both, because core's journals speak of what was in it. */
export const sandboxFolder = (data: string): string => join(data, 'sandbox')
export const coreFolder = (data: string): string => join(data, 'core')

/**
 * Makes the folders of a data folder, for this user only, and tries whether they can be written.
 * @throws ExpectedError that says why not: somebody else's, read-only, full
 */
export async function openDataFolder(data: string): Promise<void> {
  try {
    await makeFolder(data)
    const owner = (await stat(data)).uid
    if (process.getuid && owner !== process.getuid()) throw othersFolder(data, owner)
    for (const folder of [sandboxFolder(data), coreFolder(data), locksFolder(data)]) {
      await makeFolder(folder)
      await closeToOthers(folder)
      const probe = join(folder, `.writable-${process.pid}`)
      await writeFile(probe, 'x', { mode: 0o600 })
      await rm(probe)
    }
  } catch (error) {
    throw folderRefusal(error, data)
  }
}

const othersFolder = (data: string, owner: number): ExpectedError =>
  new ExpectedError({
    code: 'access_denied',
    message: `The data folder ${data} belongs to another user (id ${owner}).`,
    hint: 'Run Sluice as that user, or name a folder of your own with --data.',
    retryable: false,
  })
