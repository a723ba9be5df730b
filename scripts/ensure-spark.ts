import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installSpark } from '../electron/hosts/spark/install-spark.ts'
import { ExpectedError } from '../shared/rpc/contract.ts'

/*
 * Sets Spark up for the tests, with what checks and tests the job, into .cache/spark: the way in which the console does
 * it, so that each new checkout tries that, too. Does nothing when it is there.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, '.cache/spark')
const stamp = join(folder, 'installed')
const packages = ['spark/requirements.txt', 'spark/requirements-dev.txt']
  .flatMap(file => readFileSync(join(root, file), 'utf8').split('\n'))
  .map(line => line.trim())
  .filter(line => line !== '' && !/^[-#]/.test(line))
const wanted = createHash('sha256').update(packages.join('\n')).digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  try {
    const place = { env: { ...process.env, SLUICE_SPARK_FOLDER: folder }, platform: process.platform }
    for await (const event of installSpark(place, packages, new AbortController().signal))
      if (event.state !== 'running') process.stdout.write(`${event.title}: ${event.detail ?? event.state}\n`)
    writeFileSync(stamp, wanted)
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    process.stderr.write(`${error.message}\n${error.error.hint ?? ''}\n`)
    process.exit(1)
  }
}
