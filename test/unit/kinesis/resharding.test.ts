import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { evenRanges, hashOf, MAX_HASH_KEY, stepsToEven, toHex } from '../../../electron/sandbox/kinesis/hash-space.ts'
import { createStream } from '../../../electron/sandbox/kinesis/operations/create-stream.ts'
import { readRecords } from '../../../electron/sandbox/kinesis/operations/get-records.ts'
import { getShardIterator } from '../../../electron/sandbox/kinesis/operations/get-shard-iterator.ts'
import { mergeShards } from '../../../electron/sandbox/kinesis/operations/merge-shards.ts'
import { putRecords } from '../../../electron/sandbox/kinesis/operations/put-records.ts'
import { splitShard } from '../../../electron/sandbox/kinesis/operations/split-shard.ts'
import { updateShardCount } from '../../../electron/sandbox/kinesis/operations/update-shard-count.ts'
import { sequenceAt } from '../../../electron/sandbox/kinesis/sequence-number.ts'
import { route, type Shard, type Stream } from '../../../electron/sandbox/kinesis/stream.ts'
import { stateUnderTest } from './open-state.ts'

const StreamName = 'orders'
const KEYS = Array.from({ length: 12 }, (_, index) => `key-${index}`)

/** What may happen to a stream; numbers are reduced to what it has. */
const Change = fc.oneof(
  fc.record({ kind: fc.constant('split' as const), which: fc.nat(), at: fc.bigInt({ min: 0n, max: MAX_HASH_KEY }) }),
  fc.record({ kind: fc.constant('merge' as const), which: fc.nat(), lowFirst: fc.boolean() }),
  fc.record({ kind: fc.constant('scale' as const), to: fc.nat() }),
  fc.record({ kind: fc.constant('clock' as const), ms: fc.integer({ min: -5_000, max: 5_000 }) }),
  fc.record({ kind: fc.constant('restart' as const) }),
)
type Change = typeof Change extends fc.Arbitrary<infer T> ? T : never
const MAX_SHARDS = 12

beforeEach(() => void vi.useFakeTimers({ now: 1_763_670_000_000 }))
afterEach(() => void vi.useRealTimers())

describe('after any splits, merges and scalings, with clocks set back and restarts between', () => {
  it(
    'the open shards partition the hash space, lineage is whole, and every key keeps its order across parents and ' +
      'children',
    () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 5 }), fc.array(Change, { maxLength: 8 }), (count, changes) => {
          const kinesis = stateUnderTest()
          try {
            kinesis.call(createStream, { StreamName, ShardCount: count })
            kinesis.settle()
            let round = 0
            const put = () => {
              const Records = KEYS.map(PartitionKey => ({
                PartitionKey,
                Data: Buffer.from(`${round}`).toString('base64'),
              }))
              expect(putRecords.run(kinesis.state, { StreamName, Records }).FailedRecordCount).toBe(0)
              round++
            }
            put()
            for (const change of changes) {
              apply(kinesis, change)
              put()
              kinesis.settle()
              put()
              expectPartition(streamOf(kinesis))
            }
            expectLineage(streamOf(kinesis))
            expectOrder(kinesis, round)
          } finally {
            kinesis.remove()
          }
        }),
        { numRuns: 60 },
      )
    },
  )
})

function streamOf(kinesis: ReturnType<typeof stateUnderTest>): Stream {
  const stream = kinesis.state.streams.get(StreamName)
  if (!stream) throw new Error('The stream is gone')
  return stream
}

function apply(kinesis: ReturnType<typeof stateUnderTest>, change: Change): void {
  const { open } = streamOf(kinesis)
  switch (change.kind) {
    case 'split': {
      const shard = open[change.which % open.length] as Shard
      if (open.length >= MAX_SHARDS || shard.end - shard.start < 4n) return
      const at = shard.start + 2n + (change.at % (shard.end - shard.start - 2n))
      kinesis.call(splitShard, { StreamName, ShardToSplit: shard.id, NewStartingHashKey: String(at) })
      return
    }
    case 'merge': {
      if (open.length < 2) return
      const index = change.which % (open.length - 1)
      const pair = [open[index], open[index + 1]].map(shard => shard?.id)
      const [ShardToMerge, AdjacentShardToMerge] = change.lowFirst ? pair : pair.reverse()
      kinesis.call(mergeShards, { StreamName, ShardToMerge, AdjacentShardToMerge })
      return
    }
    case 'scale': {
      const least = Math.ceil(open.length / 2)
      const most = Math.min(MAX_SHARDS, open.length * 2)
      const TargetShardCount = least + (change.to % (most - least + 1))
      kinesis.call(updateShardCount, { StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' })
      expect(streamOf(kinesis).open.map(({ start, end }) => ({ start, end }))).toEqual(evenRanges(TargetShardCount))
      return
    }
    case 'clock':
      vi.setSystemTime(Date.now() + change.ms)
      return
    case 'restart':
      kinesis.reopen()
  }
}

function expectPartition(stream: Stream): void {
  expect(stream.open[0]?.start).toBe(0n)
  expect(stream.open.at(-1)?.end).toBe(MAX_HASH_KEY)
  stream.open.slice(1).forEach((shard, index) => {
    expect(shard.start).toBe((stream.open[index]?.end ?? 0n) + 1n)
  })
  for (const key of KEYS) {
    const number = BigInt(`0x${hashOf(key)}`)
    const holders = stream.shards.filter(
      shard => shard.closedMs === undefined && shard.start <= number && number <= shard.end,
    )
    expect(holders).toEqual([route(stream, hashOf(key))])
  }
}

function expectLineage(stream: Stream): void {
  for (const shard of stream.shards) {
    const children = stream.shards.filter(entry => entry.parent === shard.id || entry.adjacentParent === shard.id)
    expect(shard.closedMs !== undefined).toBe(children.length > 0)
    for (const child of children) {
      expect(child.start <= shard.end && child.end >= shard.start).toBe(true)
      expect(sequenceAt(child.prefix, 0) > sequenceAt(shard.prefix, Math.max(0, shard.log.end - 1))).toBe(true)
    }
  }
}

function expectOrder(kinesis: ReturnType<typeof stateUnderTest>, rounds: number): void {
  const seen = new Map(KEYS.map(key => [key, [] as number[]]))
  const numbers = new Map(KEYS.map(key => [key, [] as string[]]))
  // Ids grow with time, so parents come before their children.
  for (const shard of streamOf(kinesis).shards) {
    const start = { StreamName, ShardId: shard.id, ShardIteratorType: 'TRIM_HORIZON' }
    const { ShardIterator } = kinesis.call(getShardIterator, start) as { ShardIterator: string }
    const lines = readRecords(kinesis.state, { ShardIterator }).lines.toString('utf8').split('\n').filter(Boolean)
    for (const line of lines) {
      const record = JSON.parse(line.slice(1)) as { PartitionKey: string; Data: string; SequenceNumber: string }
      seen.get(record.PartitionKey)?.push(Number(Buffer.from(record.Data, 'base64')))
      numbers.get(record.PartitionKey)?.push(record.SequenceNumber)
    }
  }
  for (const key of KEYS) {
    expect(seen.get(key)).toEqual(Array.from({ length: rounds }, (_, index) => index))
    expect([...(numbers.get(key) ?? [])].sort()).toEqual(numbers.get(key))
  }
}

describe('the hash space', () => {
  it('is divided evenly and wholly for any number of shards', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), count => {
        const ranges = evenRanges(count)
        expect(ranges).toHaveLength(count)
        expect(ranges[0]?.start).toBe(0n)
        expect(ranges.at(-1)?.end).toBe(MAX_HASH_KEY)
        const sizes = ranges.map(range => range.end - range.start + 1n)
        expect(sizes.reduce((sum, size) => sum + size)).toBe(MAX_HASH_KEY + 1n)
        expect((sizes.at(-1) ?? 0n) - (sizes[0] ?? 0n)).toBeLessThan(BigInt(count))
      }),
    )
  })

  it('needs no step when the shards are even already', () => {
    expect(stepsToEven(evenRanges(7), 7)).toEqual([])
  })

  it('writes keys so that they compare as text as they do as numbers', () => {
    const key = fc.bigInt({ min: 0n, max: MAX_HASH_KEY })
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(toHex(a) < toHex(b)).toBe(a < b)
      }),
    )
  })
})
