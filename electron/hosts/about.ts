import project from '../../package.json' with { type: 'json' }
import type { Program } from '../../shared/features/about.ts'

/** What a process is, for the page's About: Electron adds its own versions beside those of Node. */
export function aboutProgram(
  running: { versions: Partial<NodeJS.ProcessVersions>; execPath: string },
  packaged: boolean,
  startedMs: number,
): Program {
  const { node = '', electron, chrome = '' } = running.versions
  return {
    sluice: project.version,
    node,
    electron:
      electron === undefined ? null : { version: electron, chromium: chrome, named: project.devDependencies.electron },
    executable: running.execPath,
    packaged,
    startedAt: new Date(startedMs).toISOString(),
  }
}
