import type { SparkHost } from '../../core/runtime/runtime.ts'
import { findSpark, type Place } from './find-spark.ts'
import { folderSize } from './folder-size.ts'
import { installSpark, sizeOfSetUp } from './install-spark.ts'
import { sparkFolder } from './spark-folder.ts'

/** Spark on this machine, for core. */
export function sparkHost(place: Place): SparkHost {
  return {
    async look() {
      const folder = sparkFolder(place.env, place.platform)
      const [{ runtime, missing }, sizeBytes, setUp] = await Promise.all([
        findSpark(place),
        folderSize(folder),
        sizeOfSetUp(place),
      ])
      return { runtime: runtime ?? null, missing, own: { folder, sizeBytes }, setUp }
    },
    setUp: (packages, signal) => installSpark(place, packages, signal),
  }
}
