import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { streamMetrics } from '../../../electron/sandbox/kinesis/metrics.ts'
import { createStream } from '../../../electron/sandbox/kinesis/operations/create-stream.ts'
import { readRecords } from '../../../electron/sandbox/kinesis/operations/get-records.ts'
import { getShardIterator } from '../../../electron/sandbox/kinesis/operations/get-shard-iterator.ts'
import { listShards } from '../../../electron/sandbox/kinesis/operations/list-shards.ts'
import { putRecords } from '../../../electron/sandbox/kinesis/operations/put-records.ts'
import { splitShard } from '../../../electron/sandbox/kinesis/operations/split-shard.ts'
import { pageToValues } from '../../../electron/sandbox/kinesis/records-page.ts'
import { trimStream } from '../../../electron/sandbox/kinesis/retention.ts'
import { findStream, type KinesisState, openState } from '../../../electron/sandbox/kinesis/state.ts'
import type { JsonOperation } from '../../../electron/sandbox/server/json-protocol.ts'

const START = Date.parse('2026-11-20T12:00:30Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR
const STREAM = { StreamName: 'orders' }

let dir: string
let state: KinesisState
/** Time passes on both clocks; the wall clock alone is set. */
let passedMs: number
let setMs: number

const open = () =>
  openState({
    dir,
    account: '000000000000',
    region: 'us-east-1',
    now: () => START + passedMs + setMs,
    monotonic: () => 100 + passedMs,
    limits: true,
    stateDelayMs: 10,
    log: () => undefined,
  })
const call = (operation: JsonOperation<KinesisState>, input: unknown) =>
  operation.run(state, input, {
    id: 'test',
    method: 'POST',
    path: '/',
    query: '',
    headers: {},
    rawHeaders: [],
    body: Readable.from([]),
    signal: new AbortController().signal,
  }) as Record<string, unknown>

beforeEach(() => {
  vi.useFakeTimers()
  dir = mkdtempSync(join(tmpdir(), 'sluice-clock-'))
  passedMs = 0
  setMs = 0
  state = open()
  call(createStream, { ...STREAM, ShardCount: 1 })
  vi.advanceTimersByTime(10)
})
afterEach(() => {
  state.close()
  vi.useRealTimers()
  rmSync(dir, { recursive: true })
})

const put = (count: number) =>
  putRecords.run(state, {
    ...STREAM,
    Records: Array.from({ length: count }, () => ({ Data: 'YQ==', PartitionKey: 'k' })),
  })
const iterator = (more: object = { ShardIteratorType: 'TRIM_HORIZON' }, ShardId = 'shardId-000000000000') =>
  call(getShardIterator, { ...STREAM, ShardId, ...more }).ShardIterator as string
const read = (from: string) =>
  pageToValues(readRecords(state, { ShardIterator: from })) as {
    Records: { SequenceNumber: string; ApproximateArrivalTimestamp: Date }[]
    NextShardIterator: string
    MillisBehindLatest: number
  }
/** All that the stream counts, whenever that was. */
const received = () =>
  (
    streamMetrics(state).read({
      stream: 'orders',
      shardId: undefined,
      metric: 'IncomingRecords',
      fromMs: 0,
      toMs: START + 30 * DAY,
    }) ?? []
  ).reduce((sum, minute) => sum + minute.sum, 0)

describe('a clock that is set back by an hour', () => {
  beforeEach(() => {
    put(3)
    passedMs += 2_000
    setMs = -HOUR
  })

  it('leaves a shard its throughput: its second goes on', () => {
    expect(put(500).FailedRecordCount).toBe(0)
    expect(put(500).FailedRecordCount).toBe(0)
    expect(put(500).FailedRecordCount).toBe(500)
    passedMs += 1_000
    expect(put(500).FailedRecordCount).toBe(0)
  })

  it('leaves numbers and arrival times of a shard in order, and each record counted once', () => {
    put(2)
    const { Records } = read(iterator())
    const numbers = Records.map(record => record.SequenceNumber)
    expect(numbers).toEqual([...numbers].sort())
    const times = Records.map(record => record.ApproximateArrivalTimestamp.getTime())
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(received()).toBe(5)
  })

  it('gives what waits its true age, and takes an iterator and a time of before', () => {
    const from = iterator()
    passedMs += 10_000
    const first = readRecords(state, { ShardIterator: from, Limit: 1 })
    expect(first.millisBehindLatest).toBe(12_000)
    expect(() => iterator({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: START / 1000 })).not.toThrow()
    passedMs += 300_001
    expect(() => read(from)).toThrow('Iterator expired')
  })

  it('closes a shard not before its last record, and counts its children on', () => {
    call(splitShard, { ...STREAM, ShardToSplit: 'shardId-000000000000', NewStartingHashKey: String(2n ** 127n) })
    const { shards } = findStream(state, STREAM)
    expect(shards[0]?.closedMs).toBe(START)
    vi.advanceTimersByTime(10)
    put(4)
    expect(received()).toBe(7)
    expect((call(listShards, { ...STREAM, ShardFilter: { Type: 'AT_LATEST' } }).Shards as unknown[]).length).toBe(2)
  })
})

describe('a clock that is set forward by a day and an hour', () => {
  it('expires and removes nothing, nor iterators, until the next start; set right again, all is there', () => {
    put(3)
    const from = iterator()
    setMs = DAY + HOUR
    trimStream(findStream(state, STREAM), state.ageing(), () => undefined)
    expect(read(from).Records).toHaveLength(3)
    passedMs += 1_000
    expect(read(iterator()).Records).toHaveLength(3)
    put(2)
    setMs = 0
    passedMs += 1_000
    put(1)
    expect(read(iterator()).Records).toHaveLength(6)
    expect(received()).toBe(6)
    expect(read(iterator()).MillisBehindLatest).toBe(0)
  })

  it('left so, counts from the next start on: retention is by wall time, as on AWS', () => {
    put(3)
    setMs = DAY + HOUR
    state.close()
    state = open()
    expect(read(iterator()).Records).toHaveLength(0)
  })
})
