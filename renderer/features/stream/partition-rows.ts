import type { Lag } from '../../../shared/features/lag.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'

/**
 * A partition as the table and the heat map show it. Rates are over the last ten seconds;  key shares are of all keys.
 */
export interface PartitionRow {
  id: string
  state: 'open' | 'closed' | 'draining' | 'drained'
  parents: string[]
  /** Of all keys, 0 to 1, and the range in words; null where keys are not assigned by ranges. */
  keys: { share: number; range: string } | null
  receivedRecords: number
  receivedBytes: number
  receivedPerSecond: number | undefined
  receivedBytesPerSecond: number | undefined
  /** Of what a partition takes, 0 to 1: of its records or of its bytes per second, whichever is nearer to the limit. */
  writeShare: number | undefined
  /** Change of what is behind, records per second. */
  trendPerSecond: number | null
  catchUpSeconds: number | null
  behindRecords: number | null
  behindBytes: number | null
  behindMs: number | null
  /** By how much it may be less; see `PartitionLag`. */
  behindWithinMs: number | null
  /** Parents that it waits for. */
  waitsFor: string[]
  retentionLeftMs: number | null
  lostRecords: number | null
  position: string
}

/** The partitions, with the lag as this job has it or, in milliseconds, as somebody else does. */
export function partitionRows(
  stream: StreamDescription,
  lag: Lag | undefined,
  otherMs?: (partitionId: string) => number | null,
): PartitionRow[] {
  const lagOf = new Map(lag?.partitions.map(partition => [partition.partitionId, partition]))
  return stream.partitions.map(partition => {
    const behind = lagOf.get(partition.id)
    const receivedPerSecond = behind?.incomingRecordsPerSecond ?? undefined
    const receivedBytesPerSecond = behind?.incomingBytesPerSecond ?? undefined
    return {
      id: partition.id,
      state:
        partition.state === 'open'
          ? 'open'
          : behind?.state === 'draining'
            ? 'draining'
            : behind?.state === 'drained'
              ? 'drained'
              : 'closed',
      parents: partition.parents,
      keys: partition.keys,
      receivedRecords: partition.received.records,
      receivedBytes: partition.received.bytes,
      receivedPerSecond,
      receivedBytesPerSecond,
      writeShare:
        receivedPerSecond === undefined || receivedBytesPerSecond === undefined || !stream.writeLimits
          ? undefined
          : Math.max(
              receivedPerSecond / stream.writeLimits.recordsPerSecond,
              receivedBytesPerSecond / stream.writeLimits.bytesPerSecond,
            ),
      trendPerSecond: behind?.trendRecordsPerSecond ?? null,
      catchUpSeconds: behind?.catchUpSeconds ?? null,
      behindRecords: behind?.behindRecords ?? null,
      behindBytes: behind?.behindBytes ?? null,
      behindMs: otherMs ? otherMs(partition.id) : (behind?.behindMs ?? null),
      behindWithinMs: otherMs ? 0 : (behind?.behindWithinMs ?? null),
      waitsFor: behind?.waitsFor ?? [],
      retentionLeftMs: behind?.retentionLeftMs ?? null,
      lostRecords: behind?.lostRecords ?? null,
      position: behind?.position ?? '',
    }
  })
}

/**
 * How unevenly the keys fall: the greatest partition's share of the received records over its share of the keys, which
 * is that of any other where keys have no ranges. 1 is even. Null until something was received.
 */
export function skewOf(rows: readonly PartitionRow[]): { partitionId: string; factor: number } | null {
  const open = rows.filter(row => row.state === 'open')
  const total = open.reduce((sum, row) => sum + row.receivedRecords, 0)
  if (total === 0) return null
  return open
    .map(row => ({ partitionId: row.id, factor: row.receivedRecords / total / (row.keys?.share ?? 1 / open.length) }))
    .reduce((a, b) => (b.factor > a.factor ? b : a))
}
