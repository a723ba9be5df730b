import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { streamMetrics } from '../../../electron/sandbox/kinesis/metrics.ts'
import { createStream } from '../../../electron/sandbox/kinesis/operations/create-stream.ts'
import { decreaseStreamRetentionPeriod } from '../../../electron/sandbox/kinesis/operations/decrease-stream-retention-period.ts'
import { deleteStream } from '../../../electron/sandbox/kinesis/operations/delete-stream.ts'
import { describeStreamSummary } from '../../../electron/sandbox/kinesis/operations/describe-stream-summary.ts'
import { readRecords } from '../../../electron/sandbox/kinesis/operations/get-records.ts'
import { getShardIterator } from '../../../electron/sandbox/kinesis/operations/get-shard-iterator.ts'
import { increaseStreamRetentionPeriod } from '../../../electron/sandbox/kinesis/operations/increase-stream-retention-period.ts'
import { listShards } from '../../../electron/sandbox/kinesis/operations/list-shards.ts'
import { putRecord } from '../../../electron/sandbox/kinesis/operations/put-record.ts'
import { putRecords } from '../../../electron/sandbox/kinesis/operations/put-records.ts'
import { splitShard } from '../../../electron/sandbox/kinesis/operations/split-shard.ts'
import { updateMaxRecordSize } from '../../../electron/sandbox/kinesis/operations/update-max-record-size.ts'
import { updateShardCount } from '../../../electron/sandbox/kinesis/operations/update-shard-count.ts'
import { stateUnderTest } from './open-state.ts'

const StreamName = 'orders'
const SHARD = 'shardId-000000000000'
const HOUR_MS = 3_600_000
let kinesis: ReturnType<typeof stateUnderTest>

beforeEach(() => {
  vi.useFakeTimers({ now: 1_763_670_000_000 })
  kinesis = stateUnderTest()
  kinesis.call(createStream, { StreamName, ShardCount: 1 })
})
afterEach(() => {
  kinesis.remove()
  vi.useRealTimers()
})

const status = () =>
  (kinesis.call(describeStreamSummary, { StreamName }) as { StreamDescriptionSummary: { StreamStatus: string } })
    .StreamDescriptionSummary.StreamStatus
const shardIds = (filter?: object) =>
  (
    kinesis.call(listShards, { StreamName, ...(filter && { ShardFilter: filter }) }) as {
      Shards: { ShardId: string }[]
    }
  ).Shards.map(shard => Number(shard.ShardId.slice(-3)))
const put = (text: string, change: object = {}) =>
  putRecord.run(kinesis.state, {
    StreamName,
    PartitionKey: text,
    Data: Buffer.from(text).toString('base64'),
    ...change,
  })
const read = (start: object = { ShardIteratorType: 'TRIM_HORIZON' }) => {
  const { ShardIterator } = kinesis.call(getShardIterator, { StreamName, ShardId: SHARD, ...start }) as {
    ShardIterator: string
  }
  const { lines } = readRecords(kinesis.state, { ShardIterator })
  return [...lines.toString('utf8').matchAll(/"PartitionKey":"([^"]*)"/g)].map(match => match[1])
}

describe('a stream', () => {
  it('is CREATING, then ACTIVE, UPDATING while it is resharded, DELETING, and gone', () => {
    expect(status()).toBe('CREATING')
    kinesis.settle()
    expect(status()).toBe('ACTIVE')
    kinesis.call(updateShardCount, { StreamName, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' })
    expect(status()).toBe('UPDATING')
    kinesis.call(deleteStream, { StreamName })
    kinesis.call(deleteStream, { StreamName })
    vi.advanceTimersByTime(99)
    expect(status()).toBe('DELETING')
    vi.advanceTimersByTime(1)
    expect(status).toThrow('Stream orders under account 000000000000 not found.')
  })

  it('finishes what it was doing when the process was stopped', () => {
    kinesis.reopen()
    expect(status()).toBe('CREATING')
    kinesis.settle()
    expect(status()).toBe('ACTIVE')
  })

  it('takes no second resharding before the first is done, but takes records', () => {
    kinesis.settle()
    const scale = (target: number) =>
      kinesis.call(updateShardCount, { StreamName, TargetShardCount: target, ScalingType: 'UNIFORM_SCALING' })
    scale(2)
    expect(() => scale(4)).toThrow('not ACTIVE, instead in state UPDATING')
    expect(put('meanwhile').ShardId).not.toBe(SHARD)
  })

  it('scales to no more than double and no less than half', () => {
    kinesis.settle()
    const scale = (target: number) => {
      kinesis.call(updateShardCount, { StreamName, TargetShardCount: target, ScalingType: 'UNIFORM_SCALING' })
      kinesis.settle()
    }
    expect(() => scale(3)).toThrow('cannot scale up over double')
    scale(2)
    scale(4)
    expect(() => scale(1)).toThrow('cannot scale down below half')
  })
})

describe('retention', () => {
  beforeEach(() => kinesis.settle())

  it('hides records when they are older than it, and shows them again when it grows', () => {
    put('old')
    vi.advanceTimersByTime(20 * HOUR_MS)
    put('new')
    vi.advanceTimersByTime(5 * HOUR_MS)
    expect(read()).toEqual(['new'])
    expect(read({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: 1_763_670_000 })).toEqual(['new'])
    kinesis.call(increaseStreamRetentionPeriod, { StreamName, RetentionPeriodHours: 48 })
    expect(read()).toEqual(['old', 'new'])
    expect(() => kinesis.call(decreaseStreamRetentionPeriod, { StreamName, RetentionPeriodHours: 23 })).toThrow(
      'Minimum allowed',
    )
  })

  it('removes a closed shard when everything in it is older, and keeps what it received in the counters', () => {
    put('first')
    const key = 2n ** 127n
    kinesis.call(splitShard, { StreamName, ShardToSplit: SHARD, NewStartingHashKey: String(key) })
    kinesis.settle()
    put('second')
    expect(shardIds()).toEqual([0, 1, 2])
    vi.advanceTimersByTime(24 * HOUR_MS + 60_000)
    expect(shardIds()).toEqual([1, 2])
    kinesis.reopen()
    expect(shardIds()).toEqual([1, 2])
    const received = streamMetrics(kinesis.state).read({
      stream: StreamName,
      shardId: undefined,
      metric: 'IncomingRecords',
      fromMs: 1_763_670_000_000 - 60_000,
      toMs: Date.now(),
    })
    expect(received?.reduce((sum, minute) => sum + minute.sum, 0)).toBe(2)
  })
})

describe('ListShards', () => {
  beforeEach(() => kinesis.settle())

  it('filters by when shards were open', () => {
    const beforeSplit = Date.now() / 1000
    vi.advanceTimersByTime(10_000)
    kinesis.call(splitShard, { StreamName, ShardToSplit: SHARD, NewStartingHashKey: String(2n ** 127n) })
    kinesis.settle()
    vi.advanceTimersByTime(10_000)
    const now = Date.now() / 1000
    expect(shardIds()).toEqual([0, 1, 2])
    expect(shardIds({ Type: 'AT_LATEST' })).toEqual([1, 2])
    expect(shardIds({ Type: 'AT_TRIM_HORIZON' })).toEqual([0])
    expect(shardIds({ Type: 'FROM_TRIM_HORIZON' })).toEqual([0, 1, 2])
    expect(shardIds({ Type: 'AT_TIMESTAMP', Timestamp: beforeSplit })).toEqual([0])
    expect(shardIds({ Type: 'AT_TIMESTAMP', Timestamp: now })).toEqual([1, 2])
    expect(shardIds({ Type: 'FROM_TIMESTAMP', Timestamp: now })).toEqual([1, 2])
    expect(shardIds({ Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000001' })).toEqual([2])
  })

  it('goes on by its token, which expires after five minutes', () => {
    kinesis.call(updateShardCount, { StreamName, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' })
    const first = kinesis.call(listShards, { StreamName, MaxResults: 2 }) as { Shards: object[]; NextToken: string }
    expect(first.Shards).toHaveLength(2)
    const second = kinesis.call(listShards, { NextToken: first.NextToken }) as { Shards: object[]; NextToken?: string }
    expect(second.Shards).toMatchObject([{ ShardId: 'shardId-000000000002', ParentShardId: SHARD }])
    expect(second.NextToken).toBeUndefined()
    vi.advanceTimersByTime(300_001)
    expect(() => kinesis.call(listShards, { NextToken: first.NextToken })).toThrow(
      expect.objectContaining({ code: 'ExpiredNextTokenException' }),
    )
  })
})

describe('a record', () => {
  beforeEach(() => kinesis.settle())
  const mib = (count: number) => Buffer.alloc(count * 1024 * 1024).toString('base64')

  it('goes where its explicit hash key says', () => {
    kinesis.call(updateShardCount, { StreamName, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' })
    const shardOf = (ExplicitHashKey: string) => put('same key', { ExplicitHashKey }).ShardId.at(-1)
    expect([
      shardOf('0'),
      shardOf(String(2n ** 127n - 1n)),
      shardOf(String(2n ** 127n)),
      shardOf(String(2n ** 128n - 1n)),
    ]).toEqual(['1', '1', '2', '2'])
    expect(() => shardOf(String(2n ** 128n))).toThrow('Invalid ExplicitHashKey')
  })

  it('may be 1 MiB with its key, or what the stream was set to', () => {
    expect(() => put('key', { Data: mib(1) })).toThrow('must have length less than or equal to 1048576')
    kinesis.call(updateMaxRecordSize, { StreamName, MaxRecordSizeInKiB: 2048 })
    kinesis.settle()
    put('key', { Data: mib(1) })
    expect(() => put('key', { Data: mib(2) })).toThrow('must have length less than or equal to 2097152')
  })

  it('is refused in the words of AWS', () => {
    const entry = { PartitionKey: 'k', Data: 'eA==' }
    const many = (Records: unknown[]) => putRecords.run(kinesis.state, { StreamName, Records })
    expect(() => put('')).toThrow(
      "1 validation error detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have " +
        'length greater than or equal to 1',
    )
    expect(() => many([entry, { ...entry, PartitionKey: 'k'.repeat(257) }])).toThrow(
      "at 'records.2.member.partitionKey'",
    )
    expect(() => many([])).toThrow('Member must have length greater than or equal to 1')
    expect(() => many(Array(501).fill(entry))).toThrow('Member must have length less than or equal to 500')
    expect(() => many(Array(11).fill({ ...entry, Data: mib(1).slice(0, -8) }))).toThrow(
      'Records size exceeds 10 MB limit',
    )
    expect(() => many([{ ...entry, Data: 'not base64!' }])).toThrow('is not base64')
    expect(() => many([{ Data: 'eA==' }])).toThrow('Member must not be null')
  })

  it('counts characters, not bytes, of its key', () => {
    expect(put('🍜'.repeat(256)).SequenceNumber).toHaveLength(56)
    expect(() => put('🍜'.repeat(257))).toThrow('Member must have length less than or equal to 256')
  })
})

describe('a request that does not fit the model', () => {
  it('is refused in the words of AWS, with the member, its value and its constraint', () => {
    const refusal = (input: object) => expect(() => kinesis.call(createStream, input))
    refusal({ StreamName: 'other', ShardCount: 0 }).toThrow(
      "1 validation error detected: Value '0' at 'shardCount' failed to satisfy constraint: Member must have " +
        'value greater than or equal to 1',
    )
    refusal({ ShardCount: 1 }).toThrow("Value at 'streamName' failed to satisfy constraint: Member must not be null")
    refusal({ StreamName: 'no spaces' }).toThrow(
      "Value 'no spaces' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression " +
        'pattern: [a-zA-Z0-9_.-]+',
    )
    refusal({ StreamName: 'n'.repeat(129), ShardCount: 1 }).toThrow('Member must have length less than or equal to 128')
    const iterator = { StreamName, ShardId: SHARD, ShardIteratorType: 'FIRST' }
    expect(() => kinesis.call(getShardIterator, iterator)).toThrow(
      "Value 'FIRST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: " +
        '[AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST, AT_TIMESTAMP]',
    )
  })
})
