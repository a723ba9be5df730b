import type { Shard } from '@aws-sdk/client-kinesis'
import type { PartitionPosition, SourceOffset } from '../../../shared/job/progress.ts'

/** The place where counts of shards are kept that the stream has forgotten: a closed shard, past retention. */
export const EXPIRED = 'expired'

const START: PartitionPosition = { position: 'TRIM_HORIZON', records: 0, bytes: 0 }
const parentsOf = (shard: Shard): string[] =>
  [shard.ParentShardId, shard.AdjacentParentShardId].flatMap(parent => parent ?? [])

/**
 * The first offset of a query: every shard without a known parent (TRIM_HORIZON), or every open shard as of now
 * (LATEST).
 */
export function initialOffset(shards: readonly Shard[], from: 'TRIM_HORIZON' | 'LATEST', nowMs: number): SourceOffset {
  const known = new Set(shards.map(shard => shard.ShardId))
  return Object.fromEntries(
    shards.flatMap(shard => {
      const id = shard.ShardId ?? ''
      if (from === 'TRIM_HORIZON') return parentsOf(shard).some(parent => known.has(parent)) ? [] : [[id, START]]
      const closed = shard.SequenceNumberRange?.EndingSequenceNumber !== undefined
      return [[id, { ...START, position: closed ? 'SHARD_END' : `@${nowMs}` }]]
    }),
  )
}

/**
 * The offset with the shards that may be read now: a child joins when all its known parents are read to their end, so
 * that the records of a key stay in order. Drained shards that the stream no longer lists leave their counts behind.
 */
export function followLineage(offset: SourceOffset, shards: readonly Shard[]): SourceOffset {
  const next: SourceOffset = { ...offset }
  const known = new Set(shards.map(shard => shard.ShardId ?? ''))
  for (const shard of shards) {
    const id = shard.ShardId ?? ''
    if (next[id] || !parentsOf(shard).every(parent => !known.has(parent) || offset[parent]?.position === 'SHARD_END'))
      continue
    next[id] = START
  }
  for (const [id, position] of Object.entries(offset)) {
    if (id === EXPIRED || known.has(id) || position.position !== 'SHARD_END') continue
    const gone = next[EXPIRED] ?? { position: 'SHARD_END', records: 0, bytes: 0 }
    next[EXPIRED] = { ...gone, records: gone.records + position.records, bytes: gone.bytes + position.bytes }
    delete next[id]
  }
  return next
}
