import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Where Sluice sets Spark up: one folder for all data folders, among what the system may throw away and a user can make
 * again. SLUICE_SPARK_FOLDER names another.
 */
export function sparkFolder(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (environment.SLUICE_SPARK_FOLDER) return resolve(environment.SLUICE_SPARK_FOLDER)
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Sluice', 'spark')
  if (platform === 'win32')
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Sluice', 'Cache', 'spark')
  return join(environment.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice', 'spark')
}

/** The Python of a virtual environment. */
export const pythonOf = (folder: string, platform: NodeJS.Platform): string =>
  platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
