import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The address of a file of the project, from its path below the project's root. */
const projectUrl = (path: string): URL => new URL(`../../${path}`, import.meta.url)

/** The path of a program of the project, to start it as a process. */
export const projectPath = (path: string): string => fileURLToPath(projectUrl(path))

/** The text of a file of the project: a spec, a dimension file, SQL. */
export const projectFile = (path: string): Promise<string> => readFile(projectUrl(path), 'utf8')
