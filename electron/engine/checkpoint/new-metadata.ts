import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis'
import { CHECKPOINT_FORMAT, type CheckpointMetadata } from '../../../shared/job/checkpoint.ts'
import { tableOf } from '../../../shared/job/plan.ts'
import { patiently } from '../patience.ts'
import type { QueryOptions } from '../running-query.ts'

/** What a new checkpoint says of itself: a new query id, and what its positions and rows will be of. */
export async function newMetadata(query: QueryOptions): Promise<CheckpointMetadata> {
  const { plan, args, clients } = query
  const { StreamDescriptionSummary: summary } = await patiently(() =>
    clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: args.stream })),
  )
  if (!summary?.StreamCreationTimestamp) throw new Error(`DescribeStreamSummary of ${args.stream} has no creation time`)
  return {
    id: query.newQueryId(),
    sluice: {
      format: CHECKPOINT_FORMAT,
      madeAt: new Date(query.now()).toISOString(),
      madeBy: { name: 'embedded' },
      pipeline: plan.pipeline,
      query: plan.query,
      stream: { name: args.stream, createdAt: summary.StreamCreationTimestamp.toISOString() },
      eventKey: plan.eventKey,
      sink: { kind: plan.sink.kind, table: tableOf(plan), mergeKey: plan.sink.mergeKey },
    },
  }
}
