import { isMadeFor, SPARK_VERSIONS, sparkRelease } from '../../../shared/job/spark-versions.ts'

/** What every Spark 4 runs on at least. */
const LEAST_JAVA = 17
/**
 * The newest that each release runs on, as it was tried with Java 25: the Hadoop of 4.0 (3.4.1) asks for the security
 * manager that Java 24 took away, and the options that 4.1 gives Java leave Arrow without memory. 4.2 and 4.3 run.
 */
const MOST_JAVA: Record<string, number> = { '4.0': 21, '4.1': 21, '4.2': 25, '4.3': 25 }
/** The minor versions of Python 3 that emr-spark-8.0.0, with its Spark 4.0.2, carries. */
const LEAST_PYTHON = 11
const MOST_PYTHON = 13

export const javaNeeded = (sparkVersion: string): string => `Java ${LEAST_JAVA} to ${mostJava(sparkVersion)}`
export const PYTHON_NEEDED = `Python 3.${LEAST_PYTHON} to 3.${MOST_PYTHON}`

/** `PySpark 4.0 to 4.3`, or the one that was asked for. */
export const pysparkNeeded = (asked: string | undefined): string =>
  asked === undefined
    ? `PySpark ${sparkRelease(SPARK_VERSIONS[0])} to ${sparkRelease(SPARK_VERSIONS.at(-1) ?? '')}`
    : `PySpark ${asked}`

/** `17.0.15` out of what `java -version` says; undefined when it says none. */
export const parseJavaVersion = (text: string): string | undefined => /\bversion "([^"]+)"/.exec(text)?.[1]

/** 17 of `17.0.15`, 8 of `1.8.0_402`, 25 of `25-ea`. */
export function javaMajor(version: string): number | undefined {
  const [, first, second] = /^(\d+)(?:\.(\d+))?/.exec(version) ?? []
  if (first === undefined) return undefined
  return first === '1' && second !== undefined ? Number(second) : Number(first)
}

/** Whether a Spark runs on a Java. */
export function runsSpark(javaVersion: string, sparkVersion: string): boolean {
  const major = javaMajor(javaVersion) ?? 0
  return major >= LEAST_JAVA && major <= mostJava(sparkVersion)
}

const mostJava = (sparkVersion: string): number => MOST_JAVA[sparkRelease(sparkVersion) ?? ''] ?? 0

/** Whether a job may run on this Python. */
export function isPythonNeeded(version: string): boolean {
  const [, minor] = /^3\.(\d+)\./.exec(version) ?? []
  return minor !== undefined && Number(minor) >= LEAST_PYTHON && Number(minor) <= MOST_PYTHON
}

/** Whether it is a Spark that the job is made for, and the one that was asked for. */
export const isSparkNeeded = (version: string, asked: string | undefined): boolean =>
  isMadeFor(version) && (asked === undefined || version === asked)
