import type { Verdict } from '../../../../shared/features/checkpoint.ts'
import { compareReleases, SPARK_VERSIONS, sparkRelease } from '../../../../shared/job/spark-versions.ts'
import { plural } from '../../say.ts'

/**
 * Settings that a release began to write into the entries of its offset log (OffsetSeqMetadata.relevantSQLConfs of
 * 4.0.2, 4.1.4, 4.2.1 and 4.3.0). 4.1 writes those of 4.0: its new one stands there under the old name. How many there
 * are says nothing: Spark leaves out those that have no value.
 */
const FIRST_WRITTEN_BY: Readonly<Record<string, string>> = {
  'spark.sql.streaming.queryEvolution.enableSourceEvolution': '4.2',
  'spark.sql.function.protobufExtensions.enabled': '4.2',
  'spark.sql.streaming.stateStore.rocksdb.mergeOperatorVersion': '4.2',
  'spark.sql.streaming.stateStore.rowChecksum.enabled': '4.2',
  'spark.sql.streaming.statefulOperator.alwaysNullableOutput.enabled': '4.3',
  'spark.sql.dropDuplicates.deterministicKeyOrder.enabled': '4.3',
}

/**
 * Binds the columns of a key of several columns to their places in the state of the deduplication; without it, as
 * before 4.3, they have another order (SPARK-57489). A checkpoint keeps what it was made with.
 */
const STABLE_KEY_ORDER = 'spark.sql.dropDuplicates.deterministicKeyOrder.enabled'

/** The release that wrote settings, as far as they show it: undefined for one of before any of these, 4.0 or 4.1. */
export function releaseOfSettings(conf: Readonly<Record<string, string>>): string | undefined {
  const releases = Object.keys(conf).flatMap(name => FIRST_WRITTEN_BY[name] ?? [])
  return releases.sort(compareReleases).at(-1)
}

/** The newest committed batch of a checkpoint of Spark's own, as far as it says who wrote it. */
export interface Writer {
  /** What Spark froze in its entry; undefined where there is none that can be read. */
  conf: Readonly<Record<string, string>> | undefined
  /** As the batch's progress has it. */
  version: string | undefined
  /** Columns of the key that the deduplication keeps in its state. */
  keyColumns: number
}

/** Which Spark wrote a checkpoint, and what it means to go on with a newer or an older one. */
export function writerVerdict({ conf, version, keyColumns }: Writer): Verdict {
  const base = { check: 'engine' as const, source: 'offsets entry, progress' }
  if (conf === undefined)
    return { ...base, state: 'unknown', said: 'No batch is committed that says which Spark wrote it.' }
  const bySettings = releaseOfSettings(conf)
  const release = (version && sparkRelease(version)) ?? bySettings ?? oldestRelease
  const by = version ? `Spark ${version} (its progress)` : `Spark ${bySettings ?? '4.0 or 4.1'} (by its settings)`
  const up =
    compareReleases(release, newestRelease) < 0
      ? ` A newer one, up to ${newestRelease}, goes on with what is frozen, and does as before where a setting of ` +
        'its own is missing.'
      : ''
  const added = Object.entries(FIRST_WRITTEN_BY).filter(([name]) => name in conf)
  const down =
    added.length > 0
      ? ` An older one does not know ${plural(added.length, 'setting')} that ${added.length === 1 ? 'is' : 'are'} ` +
        `frozen (since ${[...new Set(added.map(([, since]) => since))].sort(compareReleases).join(', ')}), and ` +
        'goes on without.'
      : compareReleases(release, oldestRelease) > 0
        ? ' An older one finds no setting in it that it does not know.'
        : ''
  if (conf[STABLE_KEY_ORDER] === 'true' && keyColumns > 1)
    return {
      ...base,
      state: 'warning',
      said:
        `Written by ${by}.${up}${down} The ${keyColumns} columns of its key stand in the state in the order of ` +
        '4.3, which an older one reads as another.',
      next:
        'Go on with Spark 4.3 or newer: an older one fails on the state, or takes keys that came before for new ' +
        'ones.',
    }
  return { ...base, state: 'fine', said: `Written by ${by}.${up}${down}` }
}

const oldestRelease = sparkRelease(SPARK_VERSIONS[0]) ?? ''
const newestRelease = sparkRelease(SPARK_VERSIONS.at(-1) ?? '') ?? ''
