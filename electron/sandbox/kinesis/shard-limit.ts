import type { KinesisState } from './state.ts'

/** Shards that an account may have by default in us-east-1 (Developer Guide, "Quotas and limits"). */
export const SHARD_LIMIT = 500

/** How many open shards all streams have together. */
export const openShardCount = (state: KinesisState): number =>
  [...state.streams.values()].reduce((sum, stream) => sum + stream.open.length, 0)
