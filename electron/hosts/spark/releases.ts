import type { SparkVersion } from '../../../shared/job/spark-versions.ts'

/** What PyPI has of a version: one source archive for every system, which setup.py makes a package of. */
interface Release {
  /** Of pyspark-VERSION.tar.gz. pip refuses another file before any of it runs. */
  sha256: string
  /** As pip reported it. */
  downloadBytes: number
  /** What the package takes on disk. */
  diskBytes: number
}

export const RELEASES: Record<SparkVersion, Release> = {
  '4.0.2': {
    sha256: '938b4a1883383374d331ebfcb5d92debfa1891cf3d7a6d730520a1a2d23f1a90',
    downloadBytes: 434_200_000,
    diskBytes: 486_000_000,
  },
  '4.1.4': {
    sha256: 'bcbd5e18690cf79d438e97210ad06fb8d451a251bb77becc2b0418868d2acd73',
    downloadBytes: 455_600_000,
    diskBytes: 509_000_000,
  },
  '4.2.1': {
    sha256: 'd79b7c8ee41e66a9202fe6f600ca90b931ca571ae9dbdf31c58d2672e5102da0',
    downloadBytes: 450_000_000,
    diskBytes: 505_000_000,
  },
  '4.3.0': {
    sha256: 'e8c517948eff7088a7aa07449aa8eafa4a15a8d50319de2525a6fd26622476c6',
    downloadBytes: 455_900_000,
    diskBytes: 511_000_000,
  },
}
