import { isSparkVersion, SPARK_VERSIONS, type SparkVersion } from '../../../shared/job/spark-versions.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'

/** The variable in which `--spark VERSION` reaches the programs that Sluice starts. */
export const SPARK_VERSION_VARIABLE = 'SLUICE_SPARK_VERSION'

/**
 * The version of Spark that was asked for; undefined when any will do that the job is made for.
 * @throws ExpectedError with the list, for another one
 */
export function askedVersion(environment: NodeJS.ProcessEnv): SparkVersion | undefined {
  const asked = environment[SPARK_VERSION_VARIABLE]
  if (!asked) return undefined
  if (isSparkVersion(asked)) return asked
  throw new ExpectedError({
    code: 'invalid_input',
    message: `${SPARK_VERSION_VARIABLE} is ${asked}: the job is not run on that Spark.`,
    hint: `It is one of ${SPARK_VERSIONS.join(', ')}; unset, whichever of them is there is taken.`,
    retryable: false,
  })
}
