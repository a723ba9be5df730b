import { ExpectedError } from '../shared/rpc/contract.ts'
import { setUpSpark } from './set-up-spark.ts'
import { NEWEST, OLDEST } from './spark-environments.ts'

/* Sets Spark up for the tests, the oldest and the newest. */
try {
  for (const version of [OLDEST, NEWEST]) await setUpSpark(version)
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error
  process.stderr.write(`${error.message}\n${error.error.hint ?? ''}\n`)
  process.exit(1)
}
