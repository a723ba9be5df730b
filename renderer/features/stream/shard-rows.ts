import type { Lag } from '../../../shared/features/lag.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import type { Sample } from '../../app/live.ts'

/** A shard as the table and the heat map show it. Rates are over the last ten samples; shares are of the whole key space. */
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
  /** Of the 1,000 records per second that a shard takes, 0 to 1. */
  writeShare: number | undefined
  behindRecords: number | null
  behindBytes: number | null
  behindMs: number | null
  position: string
}

const KEY_SPACE = 2n ** 128n
/** Kinesis Data Streams Developer Guide, "Quotas and limits": 1,000 records per second for writes to a shard. */
export const RECORDS_A_SECOND = 1_000
const RATE_SAMPLES = 10

export function shardRows(stream: StreamDescription, lag: Lag | undefined, samples: readonly Sample[]): ShardRow[] {
  const lagOf = new Map(lag?.shards.map(shard => [shard.shardId, shard]))
  return stream.shards.map(shard => {
    const behind = lagOf.get(shard.id)
    const receivedPerSecond = rateOf(shard.id, samples)
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
      writeShare: receivedPerSecond === undefined ? undefined : receivedPerSecond / RECORDS_A_SECOND,
      behindRecords: behind?.behindRecords ?? null,
      behindBytes: behind?.behindBytes ?? null,
      behindMs: behind?.behindMs ?? null,
      position: behind?.position ?? '',
    }
  })
}

function rateOf(shardId: string, samples: readonly Sample[]): number | undefined {
  const known = samples.slice(-RATE_SAMPLES).filter(sample => sample.shards[shardId])
  const [first, last] = [known[0], known.at(-1)]
  if (!first || !last || first === last) return undefined
  const records = (last.shards[shardId]?.received ?? 0) - (first.shards[shardId]?.received ?? 0)
  return Math.max(0, (records * 1_000) / (last.atMs - first.atMs))
}

/**
 * How unevenly the keys fall: the greatest shard's share of the received records over the share of the key space that it holds. 1 is even.
 * Null until something was received.
 */
export function skewOf(rows: readonly ShardRow[]): { shardId: string; factor: number } | null {
  const open = rows.filter(row => row.state === 'open')
  const total = open.reduce((sum, row) => sum + row.receivedRecords, 0)
  if (total === 0) return null
  return open
    .map(row => ({ shardId: row.id, factor: row.receivedRecords / total / row.keyShare }))
    .reduce((a, b) => (b.factor > a.factor ? b : a))
}
