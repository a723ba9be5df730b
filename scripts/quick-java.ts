import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { javaOf } from '../electron/hosts/spark/find-spark.ts'
import { OLDEST } from './spark-environments.ts'

/**
 * A Java that compiles less: tests start Spark often and run it for seconds, which the first compiler serves and the
 * second only costs (as in spark/tests/pipeline.py). Returns what JAVA_HOME must be for it, or nothing when the machine
 * has no Java but the one that comes with Spark's Python environment.
 */
export async function quickJavaHome(): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined
  const java = await javaOf({ env: process.env, platform: process.platform }, OLDEST)
  if (!java) return undefined
  const home = fileURLToPath(new URL('../.cache/quick-java', import.meta.url))
  const program = join(home, 'bin/java')
  mkdirSync(join(home, 'bin'), { recursive: true })
  writeFileSync(program, `#!/bin/sh\nexec '${java.path}' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "$@"\n`)
  chmodSync(program, 0o755)
  return home
}
