import type { Lag, PartitionLag } from '../../../shared/features/lag.ts'

/** The lag of all partitions together: the worst in time, the sum in records and bytes. */
export function totalOf(partitions: readonly PartitionLag[]): Lag['total'] {
  const fold = (of: (partition: PartitionLag) => number | null, how: (a: number, b: number) => number) =>
    foldKnown(partitions.map(of), how)
  const sum = (of: (partition: PartitionLag) => number | null) => fold(of, (a, b) => a + b)
  const behindMs = fold(partition => partition.behindMs, Math.max)
  const left = partitions.flatMap(partition => partition.retentionLeftMs ?? [])
  return {
    behindMs,
    behindWithinMs:
      behindMs === null
        ? null
        : (partitions.find(partition => partition.behindMs === behindMs)?.behindWithinMs ?? null),
    behindRecords: sum(partition => partition.behindRecords),
    behindBytes: sum(partition => partition.behindBytes),
    atCommitRecords: sum(partition => partition.atCommitRecords),
    beforeCommitRecords: sum(partition => partition.beforeCommitRecords),
    lostRecords: sum(partition => partition.lostRecords),
    lostBytes: sum(partition => partition.lostBytes),
    retentionLeftMs: left.length > 0 ? Math.min(...left) : null,
  }
}

/** Folds the values that are known; null when one is not, because a total without it would be a lie. */
export function foldKnown(values: readonly (number | null)[], fold: (a: number, b: number) => number): number | null {
  const known = values.filter(value => value !== null)
  return known.length === values.length && known.length > 0 ? known.reduce((a, b) => fold(a, b)) : null
}
