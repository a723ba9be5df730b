import { parseArgs } from 'node:util'
import { isSparkVersion, SPARK_VERSIONS } from '../shared/job/spark-versions.ts'
import { setUpSpark } from './set-up-spark.ts'
import { testOnSpark } from './test-job.ts'

/*
 * `npm run test-spark -- 4.1.4 4.2.1`: sets these versions of Spark up, and runs on one after the other the tests of
 * the job that tell versions apart; without a version, on all that the job is made for. `npm test` runs them on the
 * newest.
 */
const { values, positionals } = parseArgs({
  options: { workers: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const unknown = positionals.filter(version => !isSparkVersion(version))
if (unknown.length > 0) {
  process.stderr.write(
    `The job is not run on Spark ${unknown.join(', ')}; it is one of ${SPARK_VERSIONS.join(', ')}.\n`,
  )
  process.exit(2)
}
const print = (line: string) => void process.stdout.write(`${line}\n`)
let hasFailed = false
for (const version of SPARK_VERSIONS.filter(known => positionals.length === 0 || positionals.includes(known))) {
  await setUpSpark(version)
  const startedAt = performance.now()
  const { passed, failed, skipped, failures = [] } = await testOnSpark(print, version, Number(values.workers))
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  print(`Spark ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`)
  for (const failure of failures) print(`  ${failure}`)
  hasFailed ||= failed > 0
}
process.exit(hasFailed ? 1 : 0)
