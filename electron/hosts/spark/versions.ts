/** What Spark 4.0 runs on: Java 17 and 21 are what it is tested on, and 24 took away what Hadoop needs. */
const LEAST_JAVA = 17
const MOST_JAVA = 21
/** The minor versions of Python 3 that emr-spark-8.0.0, with its Spark 4.0.2, carries. */
const LEAST_PYTHON = 11
const MOST_PYTHON = 13

export const JAVA_NEEDED = `Java ${LEAST_JAVA} to ${MOST_JAVA}`
export const PYTHON_NEEDED = `Python 3.${LEAST_PYTHON} to 3.${MOST_PYTHON}`

/** `17.0.15` out of what `java -version` says; undefined when it says none. */
export const parseJavaVersion = (text: string): string | undefined => /\bversion "([^"]+)"/.exec(text)?.[1]

/** 17 of `17.0.15`, 8 of `1.8.0_402`, 25 of `25-ea`. */
export function javaMajor(version: string): number | undefined {
  const [, first, second] = /^(\d+)(?:\.(\d+))?/.exec(version) ?? []
  if (first === undefined) return undefined
  return first === '1' && second !== undefined ? Number(second) : Number(first)
}

export function runsSpark(javaVersion: string): boolean {
  const major = javaMajor(javaVersion) ?? 0
  return major >= LEAST_JAVA && major <= MOST_JAVA
}

/** Whether a job may run on this Python. */
export function isPythonNeeded(version: string): boolean {
  const [, minor] = /^3\.(\d+)\./.exec(version) ?? []
  return minor !== undefined && Number(minor) >= LEAST_PYTHON && Number(minor) <= MOST_PYTHON
}

/** Whether it is the Spark that the job is written for. */
export const isSparkNeeded = (version: string): boolean => /^4\.0\.\d+$/.test(version)
