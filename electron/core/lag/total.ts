import type { Lag, ShardLag } from '../../../shared/features/lag.ts'

/** The lag of all shards together: the worst in time, the sum in records and bytes. */
export function totalOf(shards: readonly ShardLag[]): Lag['total'] {
  const fold = (of: (shard: ShardLag) => number | null, how: (a: number, b: number) => number) =>
    foldKnown(shards.map(of), how)
  const sum = (of: (shard: ShardLag) => number | null) => fold(of, (a, b) => a + b)
  const behindMs = fold(shard => shard.behindMs, Math.max)
  const left = shards.flatMap(shard => shard.retentionLeftMs ?? [])
  return {
    behindMs,
    behindWithinMs:
      behindMs === null ? null : (shards.find(shard => shard.behindMs === behindMs)?.behindWithinMs ?? null),
    behindRecords: sum(shard => shard.behindRecords),
    behindBytes: sum(shard => shard.behindBytes),
    atCommitRecords: sum(shard => shard.atCommitRecords),
    beforeCommitRecords: sum(shard => shard.beforeCommitRecords),
    lostRecords: sum(shard => shard.lostRecords),
    lostBytes: sum(shard => shard.lostBytes),
    retentionLeftMs: left.length > 0 ? Math.min(...left) : null,
  }
}

/** Folds the values that are known; null when one is not, because a total without it would be a lie. */
export function foldKnown(values: readonly (number | null)[], fold: (a: number, b: number) => number): number | null {
  const known = values.filter(value => value !== null)
  return known.length === values.length && known.length > 0 ? known.reduce((a, b) => fold(a, b)) : null
}
