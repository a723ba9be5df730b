import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { SparkRuntime } from '../../../shared/features/runtime.ts'
import type { SparkVersion } from '../../../shared/job/spark-versions.ts'
import { askedVersion } from './asked-version.ts'
import { askJava, askPython, onPath, type Python } from './find-programs.ts'
import { environmentFolder, environmentFolders, pythonOf, sparkFolder } from './spark-folder.ts'
import { isPythonNeeded, isSparkNeeded, javaNeeded, pysparkNeeded, runsSpark } from './versions.ts'

/** The environment and the system that programs are searched in: `process` is one. */
export interface Place {
  env: NodeJS.ProcessEnv
  platform: NodeJS.Platform
}

export interface FoundSpark {
  runtime?: SparkRuntime
  /** What is missing and what to do; empty when nothing is. */
  missing: string
}

const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python']

/**
 * Finds what runs Spark: that of the machine, else what Sluice has set up in its own folders; of the version that was
 * asked for (asked-version.ts), else of any that the job is made for.
 * @throws ExpectedError for a version that the job is not made for
 */
export async function findSpark(place: Place): Promise<FoundSpark> {
  const { env, platform } = place
  if (platform === 'win32')
    return {
      missing: 'Sluice runs Spark on Linux and macOS. On Windows run Sluice in WSL, or use the embedded engine.',
    }
  const asked = askedVersion(env)
  const [pythons, own] = await Promise.all([pythonsOf(place), ownPythons(place, asked)])
  const python = [...pythons, ...own].find(entry => canRunJobs(entry, asked))
  if (!python) return { missing: `There is no ${pysparkNeeded(asked)} on this machine. ${setItUp(asked)}` }
  const { path, version, spark, sparkHome } = python
  if (spark === null || sparkHome === null) throw new Error('A Python that can run jobs has PySpark')
  const java = (await javaOf(place, spark)) ?? (python.java ? await askJava(python.java, env) : undefined)
  if (!java) return { missing: `There is PySpark ${spark}, and no ${javaNeeded(spark)} to run it. ${setItUp(asked)}` }
  return {
    runtime: { python: { version, path }, spark: { version: spark, path: sparkHome }, java },
    missing: '',
  }
}

const setItUp = (asked: SparkVersion | undefined): string =>
  `Choose "Set up Spark" on the Job page, run "sluice demo --engine spark${asked ? ` --spark ${asked}` : ''}", ` +
  'or use the embedded engine.'

const canRunJobs = (python: Python, asked: SparkVersion | undefined): boolean =>
  isPythonNeeded(python.version) &&
  python.spark !== null &&
  isSparkNeeded(python.spark, asked) &&
  python.sparkHome !== null &&
  python.lacks.length === 0

/** Those that Sluice has set up. */
async function ownPythons({ env, platform }: Place, asked: SparkVersion | undefined): Promise<Python[]> {
  const folder = sparkFolder(env, platform)
  const folders = asked === undefined ? environmentFolders(folder) : [environmentFolder(folder, asked)]
  const paths = folders.map(entry => pythonOf(entry, platform)).filter(path => existsSync(path))
  const found = await Promise.all(paths.map(path => askPython(path, env)))
  return found.filter(python => python !== undefined)
}

/** The Pythons of the machine, each once, in the order in which they are preferred. */
async function pythonsOf({ env, platform }: Place): Promise<Python[]> {
  const named = env.PYSPARK_PYTHON
  const paths = [...(named ? [named] : []), ...onPath(PYTHONS, env, platform)]
  const asked = await Promise.all([...new Set(paths)].map(path => askPython(path, env)))
  const known = new Set<string>()
  return asked.flatMap(python => {
    if (!python || known.has(python.path)) return []
    known.add(python.path)
    return [python]
  })
}

/** A Python of the machine that an environment for Spark can be made of. */
export async function basePython(place: Place): Promise<Python | undefined> {
  return (await pythonsOf(place)).find(python => isPythonNeeded(python.version))
}

/** A Java of the machine that runs a Spark. */
export async function javaOf(
  { env, platform }: Place,
  sparkVersion: string,
): Promise<{ path: string; version: string } | undefined> {
  const home = env.JAVA_HOME
  const name = platform === 'win32' ? 'java.exe' : 'java'
  const paths = [...(home ? [join(home, 'bin', name)] : []), ...onPath(['java'], env, platform)]
  for (const path of paths.filter(path => existsSync(path))) {
    const java = await askJava(realpathSync(path), env)
    if (java && runsSpark(java.version, sparkVersion)) return java
  }
  return undefined
}
