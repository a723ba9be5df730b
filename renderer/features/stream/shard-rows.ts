import type { Lag } from '../../../shared/features/lag.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import { SHARD_LIMITS } from '../../../shared/kinesis-limits.ts'

/**
 * A shard as the table and the heat map show it. Rates are over the last ten seconds; key shares are of the whole key
 * space.
 */
export interface ShardRow {
  id: string
  state: 'open' | 'closed' | 'draining' | 'drained'
  parents: string[]
  hashStart: string
  hashEnd: string
  /** Of the key space, 0 to 1. */
  keyShare: number
  receivedRecords: number
  receivedBytes: number
  receivedPerSecond: number | undefined
  receivedBytesPerSecond: number | undefined
  /** Of what a shard takes, 0 to 1: of its records or of its bytes per second, whichever is nearer to the limit. */
  writeShare: number | undefined
  /** Change of what is behind, records per second. */
  trendPerSecond: number | null
  catchUpSeconds: number | null
  behindRecords: number | null
  behindBytes: number | null
  behindMs: number | null
  /** By how much it may be less; see `ShardLag`. */
  behindWithinMs: number | null
  /** Parents that it waits for. */
  waitsFor: string[]
  retentionLeftMs: number | null
  lostRecords: number | null
  position: string
}

const KEY_SPACE = 2n ** 128n

/** The shards, with the lag as this job has it or, in milliseconds, as somebody else does. */
export function shardRows(
  stream: StreamDescription,
  lag: Lag | undefined,
  otherMs?: (shardId: string) => number | null,
): ShardRow[] {
  const lagOf = new Map(lag?.shards.map(shard => [shard.shardId, shard]))
  return stream.shards.map(shard => {
    const behind = lagOf.get(shard.id)
    const receivedPerSecond = behind?.incomingRecordsPerSecond ?? undefined
    const receivedBytesPerSecond = behind?.incomingBytesPerSecond ?? undefined
    const { start, end } = shard.hashRange
    return {
      id: shard.id,
      state:
        shard.state === 'open'
          ? 'open'
          : behind?.state === 'draining'
            ? 'draining'
            : behind?.state === 'drained'
              ? 'drained'
              : 'closed',
      parents: shard.parents,
      hashStart: start,
      hashEnd: end,
      keyShare: Number(((BigInt(end) - BigInt(start) + 1n) * 10_000n) / KEY_SPACE) / 10_000,
      receivedRecords: shard.received.records,
      receivedBytes: shard.received.bytes,
      receivedPerSecond,
      receivedBytesPerSecond,
      writeShare:
        receivedPerSecond === undefined || receivedBytesPerSecond === undefined
          ? undefined
          : Math.max(
              receivedPerSecond / SHARD_LIMITS.writeRecordsPerSecond,
              receivedBytesPerSecond / SHARD_LIMITS.writeBytesPerSecond,
            ),
      trendPerSecond: behind?.trendRecordsPerSecond ?? null,
      catchUpSeconds: behind?.catchUpSeconds ?? null,
      behindRecords: behind?.behindRecords ?? null,
      behindBytes: behind?.behindBytes ?? null,
      behindMs: otherMs ? otherMs(shard.id) : (behind?.behindMs ?? null),
      behindWithinMs: otherMs ? 0 : (behind?.behindWithinMs ?? null),
      waitsFor: behind?.waitsFor ?? [],
      retentionLeftMs: behind?.retentionLeftMs ?? null,
      lostRecords: behind?.lostRecords ?? null,
      position: behind?.position ?? '',
    }
  })
}

/**
 * How unevenly the keys fall: the greatest shard's share of the received records over the share of the key space that
 * it holds. 1 is even. Null until something was received.
 */
export function skewOf(rows: readonly ShardRow[]): { shardId: string; factor: number } | null {
  const open = rows.filter(row => row.state === 'open')
  const total = open.reduce((sum, row) => sum + row.receivedRecords, 0)
  if (total === 0) return null
  return open
    .map(row => ({ shardId: row.id, factor: row.receivedRecords / total / row.keyShare }))
    .reduce((a, b) => (b.factor > a.factor ? b : a))
}
