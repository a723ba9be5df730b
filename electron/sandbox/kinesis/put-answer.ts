import type { KinesisState } from './state.ts'
import type { Shard, Stream } from './stream.ts'

export const THROTTLED = 'ProvisionedThroughputExceededException'

/** What is answered about one record of PutRecords. */
export interface PutAnswer {
  SequenceNumber?: string
  ShardId?: string
  ErrorCode?: string
  ErrorMessage?: string
}

/** Counts a record that the shard's limits refuse, and answers it. */
export function throttled(state: KinesisState, stream: Stream, shard: Shard): PutAnswer {
  state.calls.add(stream.name, shard.id, 'WriteProvisionedThroughputExceeded', 1)
  const { account } = state.options
  return {
    ErrorCode: THROTTLED,
    ErrorMessage: `Rate exceeded for shard ${shard.id} in stream ${stream.name} under account ${account}.`,
  }
}
