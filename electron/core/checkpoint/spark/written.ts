import { progressKey } from '../../../../shared/job/layout.ts'
import { QueryProgress } from '../../../../shared/job/progress.ts'
import { readObject } from '../../objects/read-object.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { jobLocation } from '../../query-state/job-location.ts'

/** What batches of a query on Spark's own checkpoint reported of their rows: counts from Spark's operators. */
export interface WrittenBatches {
  /** Those that reported anything. */
  batches: number
  /** Whether they are all that were committed. */
  whole: boolean
  read: number
  invalid: number
  late: number
  duplicates: number
  loaded: number
  /** The Spark that wrote the newest of them. */
  sparkVersion?: string
}

/** Batches that are asked for, newest first: a file of S3 each. */
const MOST_BATCHES = 200
const AT_ONCE = 16

/**
 * Adds up what the newest batches reported. Batches of a job on the console's own checkpoint have the same names, and
 * another id of a query.
 */
export async function writtenBatches(
  context: PipelineContext,
  queryId: string | undefined,
  newestBatchId: number | undefined,
  signal: AbortSignal,
): Promise<WrittenBatches> {
  const sum: WrittenBatches = { batches: 0, whole: false, read: 0, invalid: 0, late: 0, duplicates: 0, loaded: 0 }
  if (queryId === undefined || newestBatchId === undefined) return sum
  const { bucket, prefixes, query } = jobLocation(context)
  const oldest = Math.max(0, newestBatchId - MOST_BATCHES + 1)
  for (let first = oldest; first <= newestBatchId; first += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, newestBatchId - first + 1) }, (_, place) => first + place)
    const found = await Promise.all(
      ids.map(id => readObject(context.aws, bucket, progressKey(prefixes, query, id), signal)),
    )
    for (const bytes of found) {
      const progress = bytes && QueryProgress.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
      if (progress?.id !== queryId) continue
      const { counts, application } = progress.sluice
      if (application) sum.sparkVersion = application.sparkVersion
      sum.batches++
      sum.read += counts.read
      sum.invalid += counts.invalid
      sum.late += counts.late
      sum.duplicates += counts.duplicatesInBatch + counts.duplicatesMatched
      sum.loaded += counts.loaded
    }
  }
  return { ...sum, whole: oldest === 0 && sum.batches === newestBatchId + 1 }
}
