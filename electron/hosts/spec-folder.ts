import { constants } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import type { SpecFile } from '../../shared/pipelines/read-specs.ts'
import { ExpectedError } from '../../shared/rpc/contract.ts'
import type { SpecFolder } from '../core/pipelines/catalog.ts'
import { projectFile, projectPath } from './project.ts'

/** A spec is some 20 kB; SQL and dimensions are read into memory whole. */
const MAX_SPEC_BYTES = 1024 * 1024
const MAX_FILE_BYTES = 64 * 1024 * 1024
const MOST_SPECS = 200

/** The pipelines that Sluice brings along. */
export const builtInSpecs: SpecFolder = {
  async specs() {
    const names = (await readdir(projectPath('shared/pipelines'))).filter(name => name.endsWith('.json')).sort()
    const paths = names.map(name => `shared/pipelines/${name}`)
    return Promise.all(paths.map(async file => ({ file, text: await projectFile(file) })))
  },
  file: projectFile,
}

/**
 * A user's folder of specs: its `*.json`, and what they name below its `sql/` and `dims/`. A link that leads out of the
 * folder is refused, whatever it is the link of.
 * @throws ExpectedError where there is no such folder
 */
export async function openSpecFolder(path: string): Promise<SpecFolder> {
  const root = await realpath(path).catch(error => {
    throw noFolder(path, error)
  })
  if (!(await stat(root)).isDirectory()) throw noFolder(path, undefined)
  const text = (name: string, mostBytes: number) => readInside(root, name, mostBytes)
  return {
    async specs() {
      const names = (await readdir(root)).filter(name => name.endsWith('.json')).sort()
      if (names.length > MOST_SPECS) return [{ file: path, problem: tooMany(path, names.length) }]
      return Promise.all(
        names.map(async (name): Promise<SpecFile> => {
          const file = join(path, name)
          try {
            return { file, text: await text(name, MAX_SPEC_BYTES) }
          } catch (error) {
            return { file, problem: error instanceof Error ? error.message : String(error) }
          }
        }),
      )
    },
    file: name => text(name, MAX_FILE_BYTES),
  }
}

async function readInside(root: string, name: string, mostBytes: number): Promise<string> {
  const file = await realpath(join(root, name))
  const place = relative(root, file)
  if (place === '' || place === '..' || place.startsWith(`..${sep}`) || isAbsolute(place))
    throw refusal(`${join(root, name)} leads out of its folder, to ${file}.`, 'Put the file itself into the folder.')
  // What was a file a moment ago may be a link or a pipe now: the one that is opened is checked.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw refusal(`${file} is not a file.`, 'Specs, SQL and dimensions are plain files.')
    if (found.size > mostBytes)
      throw refusal(`${file} has ${found.size} bytes; ${mostBytes} are the most.`, 'Make it smaller.')
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

const refusal = (message: string, hint: string): ExpectedError =>
  new ExpectedError({ code: 'invalid_input', message, hint, retryable: false })

function noFolder(path: string, error: unknown): ExpectedError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const why =
    code === undefined
      ? 'is not a folder'
      : code === 'ENOENT'
        ? 'is not there'
        : code === 'EACCES'
          ? 'may not be read by this user'
          : `cannot be opened (${code})`
  return new ExpectedError({
    code: 'not_found',
    message: `The folder of pipelines ${path} ${why}.`,
    hint: 'Name a folder that holds specs (*.json), with the files that they name below its sql/ and dims/.',
    retryable: false,
  })
}

const tooMany = (path: string, count: number): string =>
  `${path} has ${count} files that end with .json; ${MOST_SPECS} are the most. Is it the folder that was meant?`
