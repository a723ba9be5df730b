import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SPARK_VERSION_VARIABLE } from '../electron/hosts/spark/asked-version.ts'
import { installSpark } from '../electron/hosts/spark/install-spark.ts'
import type { SparkVersion } from '../shared/job/spark-versions.ts'
import { ExpectedError } from '../shared/rpc/contract.ts'
import { environmentOf, NEWEST, OLDEST, SPARK_FOLDER } from './spark-environments.ts'

/*
 * Sets Spark up for the tests, the oldest and the newest, with what checks and tests the job, below .cache: the way in
 * which the console does it, so that each new checkout tries that, too. Does nothing for one that is there.
 */
const packages = ['spark/requirements.txt', 'spark/requirements-dev.txt']
  .flatMap(file => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').split('\n'))
  .map(line => line.trim())
  .filter(line => line !== '' && !/^[-#]/.test(line))
/** What reads the sources and runs none of them is needed once. */
const CHECKS_ONLY = /^(mypy|ruff|boto3-stubs)\b/

try {
  await ensure(OLDEST, packages)
  await ensure(
    NEWEST,
    packages.map(name => name.replace(/^pyspark==.*/, `pyspark==${NEWEST}`)).filter(name => !CHECKS_ONLY.test(name)),
  )
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error
  process.stderr.write(`${error.message}\n${error.error.hint ?? ''}\n`)
  process.exit(1)
}

async function ensure(version: SparkVersion, names: readonly string[]): Promise<void> {
  const stamp = join(environmentOf(version), 'installed')
  const wanted = createHash('sha256').update(names.join('\n')).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const env = { ...process.env, SLUICE_SPARK_FOLDER: SPARK_FOLDER, [SPARK_VERSION_VARIABLE]: version }
  for await (const event of installSpark({ env, platform: process.platform }, names, new AbortController().signal))
    if (event.state !== 'running') process.stdout.write(`${event.title}: ${event.detail ?? event.state}\n`)
  writeFileSync(stamp, wanted)
}
