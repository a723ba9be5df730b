import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFile, constants, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { CacheName, ProfileFiles, ProgramEnd } from '../core/targets/profiles/profile-files.ts'
import type { ConfigFile } from '../core/targets/profiles/read-config.ts'
import { shellWords, windowsWords } from '../core/targets/profiles/shell-words.ts'
import { withoutNodeSwitches } from './child-environment.ts'
import { withFileLock } from './file-lock.ts'

/** A login in a browser takes its time. */
const PROCESS_WITHIN_MS = 5 * 60_000
const PRINTED_AT_MOST = 1024 * 1024

/**
 * The AWS CLI's files and caches on this machine, where the CLI has them: below `~/.aws`, or where AWS_CONFIG_FILE,
 * AWS_SHARED_CREDENTIALS_FILE and AWS_LOGIN_CACHE_DIRECTORY point.
 */
export function awsFiles({ env, platform }: Pick<NodeJS.Process, 'env' | 'platform'>): ProfileFiles {
  const isWindows = platform === 'win32'
  const on: Machine = { env, isWindows, home: (!isWindows && env.HOME) || homedir() }
  const cacheFile = (cache: CacheName, file: string) => join(cacheFolder(cache, on), file)
  return {
    config: () => configFile('AWS_CONFIG_FILE', 'config', on),
    credentials: () => configFile('AWS_SHARED_CREDENTIALS_FILE', 'credentials', on),
    environment: env,
    async readCache(cache, file) {
      try {
        return await readFile(cacheFile(cache, file), 'utf8')
      } catch (error) {
        // As for the CLI: what cannot be read is no login.
        if ((error as NodeJS.ErrnoException).code !== undefined) return undefined
        throw error
      }
    },
    writeCache: (cache, file, text) => replacePrivately(cacheFolder(cache, on), file, text),
    exclusively: (cache, file, act) => withFileLock(cacheFolder(cache, on), file, act),
    appendToConfig: text => appendToConfig(on, text),
    readText: path => readFile(expanded(path, on), 'utf8'),
    wordsOf: isWindows ? windowsWords : shellWords,
    run: (words, signal) => runProgram(words, withoutNodeSwitches(env), signal),
  }
}

/** What stands in the file stays as it is, to the byte. */
async function appendToConfig(on: Machine, text: string): Promise<{ file: string; backup: string | undefined }> {
  const named = on.env.AWS_CONFIG_FILE
  const file = named ? expanded(named, on) : join(on.home, '.aws', 'config')
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  const backup = before === undefined ? undefined : `${file}.before-sluice-${randomUUID().slice(0, 8)}`
  if (backup !== undefined) await copyFile(file, backup, constants.COPYFILE_EXCL)
  const gap = before === undefined || before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n'
  await appendFile(file, gap + text, { mode: 0o600 })
  return { file, backup }
}

interface Machine {
  env: NodeJS.ProcessEnv
  isWindows: boolean
  home: string
}

async function configFile(variable: string, name: string, on: Machine): Promise<ConfigFile> {
  const named = on.env[variable]
  const shown = named === undefined ? `~/.aws/${name}` : named || `the file that ${variable} names`
  // As for the CLI: an empty name is no file.
  if (named === '') return { shown, unreadable: `${variable} is set and names nothing.` }
  const path = named === undefined ? join(on.home, '.aws', name) : expanded(named, on)
  try {
    return { shown, bytes: await readFile(path) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return named === undefined ? { shown } : { shown, unreadable: `${variable} names it, and it is not there.` }
    return { shown, unreadable: code === 'EISDIR' ? 'It is a folder.' : `It cannot be read (${code}).` }
  }
}

/**
 * `$VAR` and `${VAR}` of the environment, and `%VAR%` on Windows, then `~`; what is not set stays as it is
 * (`os.path.expandvars` and `expanduser` of Python, by which botocore reads these).
 */
function expanded(path: string, { env, isWindows, home }: Machine): string {
  const variables = isWindows ? /\$(?:(\w+)|\{([^}]*)\})|%([^%]+)%/g : /\$(?:(\w+)|\{([^}]*)\})/g
  const filled = path.replace(variables, (whole, plain, braced, between) => env[plain ?? braced ?? between] ?? whole)
  return /^~(?=[/\\]|$)/.test(filled) ? join(home, filled.slice(1)) : filled
}

function cacheFolder(cache: CacheName, on: Machine): string {
  const named = cache === 'login' ? on.env.AWS_LOGIN_CACHE_DIRECTORY : undefined
  return named === undefined ? join(on.home, '.aws', cache, 'cache') : expanded(named, on)
}

async function replacePrivately(folder: string, file: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `.${file}.${randomUUID()}`)
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
    await rename(draft, join(folder, file))
  } finally {
    await rm(draft, { force: true })
  }
}

function runProgram(
  [program = '', ...words]: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<ProgramEnd> {
  return new Promise(resolve => {
    const options = { env, timeout: PROCESS_WITHIN_MS, maxBuffer: PRINTED_AT_MOST, ...(signal && { signal }) }
    const child = execFile(program, words, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code
      resolve({
        exitCode: typeof exitCode === 'number' ? exitCode : undefined,
        stdout,
        stderr,
        ...(error !== null && typeof exitCode !== 'number' && { failure: whyItDidNotEnd(error, program) }),
      })
    })
    // Nobody can be asked through it.
    child.stdin?.end()
  })
}

function whyItDidNotEnd(
  { code, killed, signal }: { code?: string | number | null; killed?: boolean; signal?: string | null },
  program: string,
): string {
  if (code === 'ENOENT') return `cannot be run: there is no program ${program}`
  if (code === 'EACCES') return `cannot be run: ${program} is no program`
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'printed more than 1 MiB'
  if (killed) return `did not end within ${PROCESS_WITHIN_MS / 60_000} minutes`
  return `was ended by ${signal ?? code ?? 'something'}`
}
