import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The address of a file of the project, from its path below the project's root. */
const projectUrl = (path: string): URL => new URL(`../../${path}`, import.meta.url)

/** The path of a file or folder of the project. */
export const projectPath = (path: string): string => fileURLToPath(projectUrl(path))

/** Programs that are started as processes: as sources where this runs as one, else as the desktop program has built them. */
const SOURCES = { sandbox: 'electron/hosts/sandbox/main.ts', engine: 'electron/engine/main.ts' }
export const programPath = (name: keyof typeof SOURCES): string =>
  projectPath(import.meta.url.endsWith('.ts') ? SOURCES[name] : `dist/electron/${name}.mjs`)

/** What lets this process's own executable run a program: Electron's runs as Node when it is told to. */
export const programEnvironment = (): Record<string, string> => (process.versions.electron ? { ELECTRON_RUN_AS_NODE: '1' } : {})

/** The text of a file of the project: a spec, a dimension file, SQL. */
export const projectFile = (path: string): Promise<string> => readFile(projectUrl(path), 'utf8')
