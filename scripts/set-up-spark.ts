import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SPARK_VERSION_VARIABLE } from '../electron/hosts/spark/asked-version.ts'
import { installSpark } from '../electron/hosts/spark/install-spark.ts'
import type { SparkVersion } from '../shared/job/spark-versions.ts'
import { environmentOf, OLDEST, SPARK_FOLDER } from './spark-environments.ts'

const PACKAGES = ['spark/requirements.txt', 'spark/requirements-dev.txt']
  .flatMap(file => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').split('\n'))
  .map(line => line.trim())
  .filter(line => line !== '' && !/^[-#]/.test(line))
/** What reads the sources and runs none of them is needed once. */
const CHECKS_ONLY = /^(mypy|ruff|boto3-stubs)\b/

const packagesFor = (version: SparkVersion): string[] =>
  version === OLDEST
    ? PACKAGES
    : PACKAGES.map(name => name.replace(/^pyspark==.*/, `pyspark==${version}`)).filter(name => !CHECKS_ONLY.test(name))

/**
 * Sets a version of Spark up for the tests, with what checks and tests the job, in a folder of its own below .cache:
 * the way in which the console does it, so that each new checkout tries that, too. Does nothing where it is there.
 * @throws ExpectedError with what to do
 */
export async function setUpSpark(version: SparkVersion): Promise<void> {
  const names = packagesFor(version)
  const stamp = join(environmentOf(version), 'installed')
  const wanted = createHash('sha256').update(names.join('\n')).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const env = { ...process.env, SLUICE_SPARK_FOLDER: SPARK_FOLDER, [SPARK_VERSION_VARIABLE]: version }
  for await (const event of installSpark({ env, platform: process.platform }, names, new AbortController().signal))
    if (event.state !== 'running') process.stdout.write(`${event.title}: ${event.detail ?? event.state}\n`)
  writeFileSync(stamp, wanted)
}
