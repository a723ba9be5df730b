import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis'
import { CHECKPOINT_FORMAT, type CheckpointMetadata } from '../../../shared/job/checkpoint.ts'
import { patiently } from '../patience.ts'
import type { QueryOptions } from '../running-query.ts'

/** What a new checkpoint says of itself: a new query id, and what its positions and rows will be of. */
export async function newMetadata(query: QueryOptions): Promise<CheckpointMetadata> {
  const { spec, args, clients } = query
  const { StreamDescriptionSummary: summary } = await patiently(() =>
    clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: args.stream })),
  )
  if (!summary?.StreamCreationTimestamp)
    throw new Error(`DescribeStreamSummary of ${args.stream} tells no creation time`)
  return {
    id: query.newQueryId(),
    sluice: {
      format: CHECKPOINT_FORMAT,
      madeAt: new Date(query.now()).toISOString(),
      madeBy: { name: 'embedded' },
      pipeline: spec.id,
      query: spec.job.query,
      stream: { name: args.stream, createdAt: summary.StreamCreationTimestamp.toISOString() },
      eventKey: spec.event.key,
      sink: { kind: spec.sink.kind, table: `${spec.sink.schema}.${spec.sink.table}`, mergeKey: spec.sink.mergeKey },
    },
  }
}
