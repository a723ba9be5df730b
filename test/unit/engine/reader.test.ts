import type { Shard } from '@aws-sdk/client-kinesis'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseCounts } from '../../../electron/engine/kinesis/choose.ts'
import { EXPIRED, followLineage, initialOffset } from '../../../electron/engine/kinesis/lineage.ts'

const shard = (id: string, parent?: string, adjacent?: string): Shard => ({
  ShardId: id,
  ...(parent && { ParentShardId: parent }),
  ...(adjacent && { AdjacentParentShardId: adjacent }),
  HashKeyRange: { StartingHashKey: '0', EndingHashKey: '1' },
  SequenceNumberRange: { StartingSequenceNumber: '0' },
})
const drained = (records: number) => ({ position: 'SHARD_END', records, bytes: records })

describe('lineage', () => {
  it('begins with the shards that have no known parent', () => {
    expect(Object.keys(initialOffset([shard('a'), shard('b', 'a'), shard('c', 'gone')], 'TRIM_HORIZON', 0))).toEqual([
      'a',
      'c',
    ])
  })
  it('lets a child join only when all its parents are drained', () => {
    const shards = [shard('a'), shard('b'), shard('c', 'a', 'b')]
    const half = { a: drained(5), b: { position: '7', records: 3, bytes: 3 } }
    expect(followLineage(half, shards)).not.toHaveProperty('c')
    expect(followLineage({ ...half, b: drained(3) }, shards)).toHaveProperty('c.position', 'TRIM_HORIZON')
  })
  it('keeps the counts of shards that the stream has forgotten', () => {
    const next = followLineage({ a: drained(5), b: drained(2), c: { position: '1', records: 1, bytes: 1 } }, [
      shard('c', 'b'),
    ])
    expect(next).toEqual({ c: { position: '1', records: 1, bytes: 1 }, [EXPIRED]: drained(7) })
  })
})

describe('the choice of a batch', () => {
  const waiting = fc.array(
    fc.record({
      arrivals: fc.array(fc.nat(1_000), { maxLength: 50 }).map(times => [...times].sort((a, b) => a - b)),
      unreadFromMs: fc.option(fc.nat(2_000), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  it('never takes more than fits, nor what another shard may have older records than', () => {
    fc.assert(
      fc.property(waiting, fc.integer({ min: 6, max: 100 }), (shards, max) => {
        const named = shards.map((entry, index) => ({ ...entry, shardId: String(index) }))
        const counts = chooseCounts(named, max)
        const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
        expect(total).toBeLessThanOrEqual(max)
        const unread = named.flatMap(({ arrivals, unreadFromMs: from }) =>
          from === undefined ? [] : (arrivals.at(-1) ?? from),
        )
        for (const { shardId, arrivals } of named) {
          const count = counts.get(shardId) ?? 0
          expect(count).toBeLessThanOrEqual(arrivals.length)
          for (const arrival of arrivals.slice(0, count))
            for (const from of unread) expect(arrival).toBeLessThanOrEqual(from)
        }
        const oldest = Math.min(...named.flatMap(({ arrivals }) => arrivals))
        if (oldest <= Math.min(...unread, 1_000)) expect(total).toBeGreaterThan(0)
      }),
    )
  })
  it('takes every shard up to the same moment', () => {
    const counts = chooseCounts(
      [
        { shardId: 'fast', arrivals: [1, 2, 3, 4, 5, 6], unreadFromMs: undefined },
        { shardId: 'slow', arrivals: [1, 2], unreadFromMs: 2 },
      ],
      100,
    )
    expect(Object.fromEntries(counts)).toEqual({ fast: 2, slow: 2 })
  })
  it('waits for the first read of every shard', () => {
    const counts = chooseCounts(
      [
        { shardId: 'read', arrivals: [1, 2, 3], unreadFromMs: undefined },
        { shardId: 'not yet', arrivals: [], unreadFromMs: 0 },
      ],
      100,
    )
    expect([...counts.values()]).toEqual([0])
  })
})
