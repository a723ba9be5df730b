import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { SparkRuntime } from '../../../shared/features/runtime.ts'
import { askJava, askPython, onPath, type Python } from './find-programs.ts'
import { pythonOf, sparkFolder } from './spark-folder.ts'
import { isPythonNeeded, isSparkNeeded, JAVA_NEEDED, runsSpark } from './versions.ts'

/** The environment and the system that programs are looked for in: `process` is one. */
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

/** Finds what runs Spark: that of the machine, else what Sluice has set up in its own folder. */
export async function findSpark(place: Place): Promise<FoundSpark> {
  const { env, platform } = place
  if (platform === 'win32')
    return {
      missing: 'Sluice runs Spark on Linux and macOS. On Windows run Sluice in WSL, or use the embedded engine.',
    }
  const own = pythonOf(sparkFolder(env, platform), platform)
  const [pythons, ownPython, java] = await Promise.all([pythonsOf(place), askPython(own, env), javaOf(place)])
  const python = [...pythons, ...(ownPython ? [ownPython] : [])].find(canRunJobs)
  if (!python) return { missing: `There is no PySpark 4.0 on this machine. ${SET_IT_UP}` }
  const found = java ?? (python.java ? await askJava(python.java, env) : undefined)
  if (!found) return { missing: `There is PySpark ${python.spark}, and no ${JAVA_NEEDED} to run it. ${SET_IT_UP}` }
  const { path, version, spark, sparkHome } = python
  if (spark === null || sparkHome === null) throw new Error('A Python that can run jobs has PySpark')
  return {
    runtime: { python: { version, path }, spark: { version: spark, path: sparkHome }, java: found },
    missing: '',
  }
}

const SET_IT_UP = 'Choose "Set up Spark" on the Job page, run "sluice demo --engine spark", or use the embedded engine.'

const canRunJobs = (python: Python): boolean =>
  isPythonNeeded(python.version) &&
  python.spark !== null &&
  isSparkNeeded(python.spark) &&
  python.sparkHome !== null &&
  python.lacks.length === 0

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

/** A Java of the machine that runs Spark. */
export async function javaOf({ env, platform }: Place): Promise<{ path: string; version: string } | undefined> {
  const home = env.JAVA_HOME
  const name = platform === 'win32' ? 'java.exe' : 'java'
  const paths = [...(home ? [join(home, 'bin', name)] : []), ...onPath(['java'], env, platform)]
  for (const path of paths.filter(path => existsSync(path))) {
    const java = await askJava(realpathSync(path), env)
    if (java && runsSpark(java.version)) return java
  }
  return undefined
}
