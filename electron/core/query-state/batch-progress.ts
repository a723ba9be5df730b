import { progressKey } from '../../../shared/job/layout.ts'
import { QueryProgress } from '../../../shared/job/progress.ts'
import { readObject } from '../objects/read-object.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { jobLocation } from './job-location.ts'

/** A batch's progress is written once; so many are remembered, some 2 kB each. */
const REMEMBERED = 4_000
const AT_ONCE = 8

/** The progress of committed batches, each read from S3 once. */
export interface BatchProgress {
  /**
   * Of one batch; undefined when a kill came between its commit and its progress, or when it is older than what is
   * kept.
   */
  one(context: PipelineContext, batchId: number, signal?: AbortSignal): Promise<QueryProgress | undefined>
  /** Of several, in the order asked for; without those that are not there. */
  many(context: PipelineContext, batchIds: readonly number[], signal?: AbortSignal): Promise<QueryProgress[]>
  /** Forgets all: another query may write the same keys after the pipeline was destroyed. */
  forget(): void
}

export function createBatchProgress(): BatchProgress {
  const remembered = new Map<string, QueryProgress>()

  async function one(
    context: PipelineContext,
    batchId: number,
    signal?: AbortSignal,
  ): Promise<QueryProgress | undefined> {
    const { bucket, prefixes, query } = jobLocation(context)
    const key = progressKey(prefixes, query, batchId)
    const place = `${context.target.id}/${bucket}/${key}`
    const known = remembered.get(place)
    if (known) return known
    const bytes = await readObject(context.aws, bucket, key, signal)
    if (!bytes) return undefined
    const progress = QueryProgress.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
    remembered.set(place, progress)
    for (const oldest of remembered.keys()) {
      if (remembered.size <= REMEMBERED) break
      remembered.delete(oldest)
    }
    return progress
  }

  return {
    one,
    async many(context, batchIds, signal) {
      const found: QueryProgress[] = []
      for (let first = 0; first < batchIds.length; first += AT_ONCE) {
        const some = await Promise.all(
          batchIds.slice(first, first + AT_ONCE).map(batchId => one(context, batchId, signal)),
        )
        found.push(...some.filter(progress => progress !== undefined))
      }
      return found
    },
    forget: () => remembered.clear(),
  }
}
