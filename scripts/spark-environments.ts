import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environmentFolder } from '../electron/hosts/spark/spark-folder.ts'
import { SPARK_VERSIONS, type SparkVersion } from '../shared/job/spark-versions.ts'

/*
 * The environments that the job is tested in: all of its tests on the oldest Spark, which EMR has, and on the newest
 * those that distinguish versions (the marker `every_spark` of pytest).
 */
export const OLDEST: SparkVersion = SPARK_VERSIONS[0]
export const NEWEST: SparkVersion = SPARK_VERSIONS[3]

/** The console's SLUICE_SPARK_FOLDER, to set them up in, side by side. */
export const SPARK_FOLDER = fileURLToPath(new URL('../.cache/spark', import.meta.url))

const PROGRAMS = process.platform === 'win32' ? 'Scripts' : 'bin'
export const environmentOf = (version: SparkVersion): string => environmentFolder(SPARK_FOLDER, version)
export const programsOf = (version: SparkVersion): string => join(environmentOf(version), PROGRAMS)
