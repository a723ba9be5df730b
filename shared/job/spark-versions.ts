/*
 * The versions of Spark that the job is made for, in one place for the console, its command line and the tests; in
 * Python, spark/sluice_spark/environment.py has the first and the last release, and a test holds the two together.
 */

/** Those that the job was run on, oldest first: of each release the newest patch. Others of a release run it, too. */
export const SPARK_VERSIONS = ['4.0.2', '4.1.4', '4.2.1', '4.3.0'] as const
export type SparkVersion = (typeof SPARK_VERSIONS)[number]

/** What is set up where no version is asked for: that of emr-spark-8.0.0. */
export const DEFAULT_SPARK: SparkVersion = '4.0.2'

export const isSparkVersion = (version: string): version is SparkVersion =>
  (SPARK_VERSIONS as readonly string[]).includes(version)

/** `4.3` of `4.3.0` and of `4.3.0-amzn-1`; undefined for what is no version. */
export const sparkRelease = (version: string): string | undefined => /^\d+\.\d+(?=\.\d)/.exec(version)?.[0]

/** Whether it is of a release that the job is made for. */
export const isMadeFor = (version: string): boolean =>
  /^\d+\.\d+\.\d+(-|$)/.test(version) && SPARK_VERSIONS.some(known => sparkRelease(known) === sparkRelease(version))

/** Below 0 when the first is of an older release, 0 for the same one. */
export function compareReleases(one: string, other: string): number {
  const [[major = 0, minor = 0], [otherMajor = 0, otherMinor = 0]] = [one, other].map(version =>
    version.split('.').map(Number),
  ) as [number[], number[]]
  return major - otherMajor || minor - otherMinor
}
