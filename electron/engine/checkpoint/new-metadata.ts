import { CHECKPOINT_FORMAT, type CheckpointMetadata } from '../../../shared/job/checkpoint.ts'
import { tableOf } from '../../../shared/job/plan.ts'
import type { QueryOptions } from '../running-query.ts'
import type { JobSource } from '../source.ts'

/** What a new checkpoint says of itself: a new query id, and what its positions and rows will be of. */
export async function newMetadata(query: QueryOptions, source: JobSource): Promise<CheckpointMetadata> {
  const { plan } = query
  return {
    id: query.newQueryId(),
    sluice: {
      format: CHECKPOINT_FORMAT,
      madeAt: new Date(query.now()).toISOString(),
      madeBy: { name: 'embedded' },
      pipeline: plan.pipeline,
      query: plan.query,
      stream: await source.origin(),
      eventKey: plan.eventKey,
      sink: { kind: plan.sink.kind, table: tableOf(plan), mergeKey: plan.sink.mergeKey },
    },
  }
}
