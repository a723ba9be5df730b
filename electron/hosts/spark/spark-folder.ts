import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { DEFAULT_SPARK, SPARK_VERSIONS, type SparkVersion } from '../../../shared/job/spark-versions.ts'

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

/**
 * Where a version is set up: the default one in the folder itself, where it always was, and each other one in a folder
 * beside it that has its version in the name. None replaces another.
 */
export const environmentFolder = (folder: string, version: SparkVersion): string =>
  version === DEFAULT_SPARK ? folder : `${folder}-${version}`

/** The folders of all versions, in the order in which they are taken where none is asked for. */
export const environmentFolders = (folder: string): string[] =>
  [DEFAULT_SPARK, ...SPARK_VERSIONS.filter(version => version !== DEFAULT_SPARK)].map(version =>
    environmentFolder(folder, version),
  )

/** The Python of a virtual environment. */
export const pythonOf = (folder: string, platform: NodeJS.Platform): string =>
  platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
