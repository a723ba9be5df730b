import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The address of a file of the project, from its path below the project's root; in the packaged program, of its
 * archive.
 */
const projectUrl = (path: string): URL => new URL(`../../${path}`, import.meta.url)

/** The path of a file or folder of the project. */
export const projectPath = (path: string): string => fileURLToPath(projectUrl(path))

/** Whether this runs as sources, from a checkout. */
export const isSource = import.meta.url.endsWith('.ts')
export const isPackaged = import.meta.url.includes('/app.asar/')

/** Beside the archive of the packaged program: what Node must be able to read. Electron alone knows the place. */
export const resources = (): string => (process as NodeJS.Process & { resourcesPath: string }).resourcesPath

/** Programs that are started as processes: as sources where this runs as one, else as they were built. */
const SOURCES = { sandbox: 'electron/hosts/sandbox/main.ts', engine: 'electron/engine/main.ts' }
export function programPath(name: keyof typeof SOURCES): string {
  if (isSource) return projectPath(SOURCES[name])
  return isPackaged ? join(resources(), 'programs', 'dist', `${name}.mjs`) : projectPath(`dist/programs/${name}.mjs`)
}

/**
 * The Node that runs them: this one, or beside Electron the one that the program brings. Electron's own executable does
 * not run as Node: the packaged program forbids it, so that nobody else can use it so.
 */
export function nodePath(): string {
  if (!process.versions.electron) return process.execPath
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  return isPackaged ? join(resources(), 'node', name) : projectPath(`node_modules/node/bin/${name}`)
}

/** The text of a file of the project: a spec, a dimension file, SQL. */
export const projectFile = (path: string): Promise<string> => readFile(projectUrl(path), 'utf8')

/**
 * The paths of all files below a folder of the project. Asked a folder at a time, for an archive knows no other way.
 */
export async function projectFiles(folder: string): Promise<string[]> {
  const entries = await readdir(projectUrl(folder), { withFileTypes: true })
  const paths = await Promise.all(
    entries.map(async entry => {
      const path = `${folder}/${entry.name}`
      return entry.isDirectory() ? projectFiles(path) : [path]
    }),
  )
  return paths.flat()
}

/**
 * The preloads that this process was started with (`node --import=FILE`), for the Node programs that it starts: a test
 * moves their clock.
 */
export const preloadFlags = (): string[] => process.execArgv.filter(flag => flag.startsWith('--import='))
