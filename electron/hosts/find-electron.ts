import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { projectPath } from './project.ts'

/** The release that stands in where GitHub cannot be reached; see scripts/ensure-electron.ts. */
export const OLDER_VERSION = '33.3.0'
const CACHED = projectPath(`.cache/electron-${OLDER_VERSION}/electron`)

/**
 * Electron's program: of the folder that is named, of the package, or the older one from the cache; undefined when
 * there is none.
 */
export function findElectron(environment: NodeJS.ProcessEnv): string | undefined {
  const own = join(createRequire(import.meta.url).resolve('electron/package.json'), '..')
  const name = existsSync(join(own, 'path.txt')) ? readFileSync(join(own, 'path.txt'), 'utf8') : 'electron'
  const candidates = [
    ...(environment.ELECTRON_OVERRIDE_DIST_PATH ? [join(environment.ELECTRON_OVERRIDE_DIST_PATH, name)] : []),
    join(own, 'dist', name),
    CACHED,
  ]
  return candidates.find(path => existsSync(path))
}

/** What a user gets, or the same with a debugging port for tests that drive its window. */
export type PackagedAs = 'package' | 'driven'

/** The executable of the folder that `npm run package` makes. */
export function packagedProgram(platform: NodeJS.Platform, arch: string, as: PackagedAs = 'package'): string {
  const suffix = arch === 'x64' ? '' : `-${arch}`
  if (platform === 'darwin') return projectPath(`dist/${as}/mac${suffix}/Sluice.app/Contents/MacOS/Sluice`)
  if (platform === 'win32') return projectPath(`dist/${as}/win${suffix}-unpacked/Sluice.exe`)
  return projectPath(`dist/${as}/linux${suffix}-unpacked/sluice`)
}
