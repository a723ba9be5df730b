import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where Sluice keeps its state: what the user names, else the folder that the system has for a user's application data. */
export function dataFolder(named: string | undefined, environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (named) return resolve(named)
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Sluice')
  if (platform === 'win32') return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Sluice')
  return join(environment.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'sluice')
}

/** The folders inside it. Resetting the sandbox removes both, because core's journals speak of what was in it. */
export const sandboxFolder = (data: string): string => join(data, 'sandbox')
export const coreFolder = (data: string): string => join(data, 'core')
