import type { SparkHost } from '../../core/runtime/runtime.ts'
import { findSpark, type Place } from './find-spark.ts'
import { folderSize } from './folder-size.ts'
import { installSpark, sizeOfSetUp } from './install-spark.ts'
import { environmentFolder, sparkFolder } from './spark-folder.ts'

/** Spark on this machine, for core. */
export function sparkHost(place: Place): SparkHost {
  return {
    async findSpark() {
      const [{ runtime, missing }, setUp] = await Promise.all([findSpark(place), sizeOfSetUp(place)])
      const folder = environmentFolder(sparkFolder(place.env, place.platform), setUp.version)
      const sizeBytes = await folderSize(folder)
      return { runtime: runtime ?? null, missing, own: { folder, sizeBytes }, setUp }
    },
    setUp: (packages, signal) => installSpark(place, packages, signal),
  }
}
