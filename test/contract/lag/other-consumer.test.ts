import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, describe, expect, it } from 'vitest'
import type { ConsumerPosition, Probe } from '../../../shared/features/other-consumer.ts'
import { SCOPE, value } from '../../fixture/open-core.ts'
import { firstOf, openWorld, type Sent, type World } from './world.ts'

const FIRST = 'shardId-000000000000'
const SECOND = 'shardId-000000000001'
let world: World

afterEach(() => world.close())

async function send(seconds: number, count: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await world.put(count)
    world.clock.nowMs += 1_000
  }
}
const probe = (position: ConsumerPosition) => firstOf(world.lag.probe({ ...SCOPE, position, everyMs: 1_000 }))
const sequenceAt = (partitionId: string, committed: number) =>
  world.sent.get(partitionId)?.[committed - 1]?.offset ?? ''
const agesOf = (probed: Probe) =>
  probed.partitions.map(shard => [shard.partitionId, Date.parse(shard.at) - shard.behindMs])
const oldest = (partitionId: string, committed: number) => world.sent.get(partitionId)?.[committed]?.arrivedMs

describe("a probe of somebody else's consumer, against what is true", () => {
  it('at a sequence number is as old as the next record, to the millisecond', async () => {
    world = await openWorld(1)
    await send(20, 10)
    const probed = await probe({ kind: 'offset', partitionId: FIRST, offset: sequenceAt(FIRST, 77) })
    expect(agesOf(probed)).toEqual([[FIRST, oldest(FIRST, 77)]])
    expect(probed.partitions[0]).toMatchObject({
      oldestUnreadAt: new Date(oldest(FIRST, 77) ?? 0).toISOString(),
    })
    expect(probed).toMatchObject({ behindMs: probed.partitions[0]?.behindMs, failed: [], cost: { readsLastMinute: 1 } })
  })

  it('at the last record is at the tip', async () => {
    world = await openWorld(1)
    await send(5, 10)
    const probed = await probe({ kind: 'offset', partitionId: FIRST, offset: sequenceAt(FIRST, 50) })
    expect(probed.partitions).toMatchObject([
      { behindMs: 0, millisBehindLatest: 0, oldestUnreadAt: null, ended: false },
    ])
  })

  it('at a time is on every shard as old as the first record since', async () => {
    world = await openWorld(2)
    await send(10, 10)
    const atMs = world.clock.nowMs - 4_000
    const probed = await probe({ kind: 'time', at: new Date(atMs).toISOString() })
    const since = (partitionId: string) =>
      world.sent.get(partitionId)?.find(record => record.arrivedMs >= atMs)?.arrivedMs
    expect(agesOf(probed)).toEqual([
      [FIRST, since(FIRST)],
      [SECOND, since(SECOND)],
    ])
  })

  it('at the checkpoint of another query goes where that one goes', async () => {
    world = await openWorld(2)
    await send(10, 10)
    const folder = `${world.streaming.checkpoint}somebodyElse/`
    const commit = async (batchId: number, first: number, second: number | 'SHARD_END') => {
      const lines = [
        'v1',
        JSON.stringify({ batchWatermarkMs: null, runId: 'r' }),
        JSON.stringify(world.offsetAt({ [FIRST]: first, [SECOND]: second })),
      ]
      for (const [name, text] of [
        [`offsets/${batchId}`, lines.join('\n')],
        [`commits/${batchId}`, 'v1\n{"maxEventTimeMs":null,"runId":"r"}'],
        ['metadata', '{"id":"q"}'],
      ])
        await world.aws.s3.send(new PutObjectCommand({ Bucket: world.bucket, Key: `${folder}${name}`, Body: text }))
    }
    await commit(0, 4, 6)
    const probes = world.lag.probe({
      ...SCOPE,
      position: { kind: 'checkpoint', folder: `s3://${world.bucket}/${folder}` },
      everyMs: 5_000,
    })
    const seen: Probe[] = []
    for await (const result of probes) {
      seen.push(value(result))
      await commit(1, 20, 'SHARD_END')
      if (seen.length === 3) break
    }
    expect(agesOf(seen[0] as Probe)).toEqual([
      [FIRST, oldest(FIRST, 4)],
      [SECOND, oldest(SECOND, 6)],
    ])
    expect(agesOf(seen[2] as Probe)[0]).toEqual([FIRST, oldest(FIRST, 20)])
    expect(seen[2]?.partitions[1]).toMatchObject({ partitionId: SECOND, ended: true, behindMs: 0 })
  })

  it('takes one read a second of a shard at most, whoever else reads, and says what it took', async () => {
    world = await openWorld(1)
    await send(3, 10)
    const beganMs = world.clock.nowMs
    const probes = world.lag.probe({
      ...SCOPE,
      position: { kind: 'time', at: new Date(beganMs - 3_000).toISOString() },
      everyMs: 1_000,
    })
    const other = world.lag.probe({
      ...SCOPE,
      position: { kind: 'time', at: new Date(beganMs - 2_000).toISOString() },
      everyMs: 1_000,
    })
    const seen: Probe[] = []
    const [a, b] = [probes[Symbol.asyncIterator](), other[Symbol.asyncIterator]()]
    for (let round = 0; round < 5; round++) {
      const [left, right] = await Promise.all([a.next(), b.next()])
      if (left.value) seen.push(value(left.value))
      if (right.value) seen.push(value(right.value))
    }
    await Promise.all([a.return?.(), b.return?.()])
    const last = seen.at(-1)
    const elapsedMs = world.clock.nowMs - beganMs
    const reads = last?.cost.readsLastMinute ?? 0
    expect(reads).toBeGreaterThanOrEqual(5)
    expect(reads).toBeLessThanOrEqual(Math.floor(elapsedMs / 1_000) + 1)
    expect(last?.cost.shareOfReads).toBeCloseTo(reads / 300)
    expect(last?.cost.readBytes).toBeGreaterThan(0)
  })

  it('of a shard that is not there says so, and the others are read', async () => {
    world = await openWorld(1)
    const probed = await probe({ kind: 'offset', partitionId: 'shardId-000000000009', offset: '1' })
    expect(probed).toMatchObject({ behindMs: null, partitions: [], failed: [{ partitionId: 'shardId-000000000009' }] })
    expect(probed.failed[0]?.message).toContain('shardId-000000000009')
  })

  it('of a checkpoint that is not there says what to name', async () => {
    world = await openWorld(1)
    await expect(probe({ kind: 'checkpoint', folder: `s3://${world.bucket}/nowhere/` })).rejects.toThrow(
      /no committed batch below.*Name the folder/s,
    )
  })
})

describe("CloudWatch's iterator age, against what is true", () => {
  const readUpTo = async (partitionId: string, count: number) => {
    const { ShardIterator } = await world.aws.kinesis.send(
      new GetShardIteratorCommand({
        StreamName: world.stream,
        ShardId: partitionId,
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    )
    await world.aws.kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: count }))
  }
  const age = () => firstOf(world.lag.iteratorAge({ ...SCOPE }))

  it('is the age of the last record that was read, of the stream the worst of its shards', async () => {
    world = await openWorld(2)
    await send(10, 20)
    // All of the first second, so that the next record is younger; and some of a later one.
    const [first, second] = [FIRST, SECOND].map(partitionId => world.sent.get(partitionId) ?? []) as [Sent[], Sent[]]
    const firstRead = first.filter(record => record.arrivedMs === first[0]?.arrivedMs).length
    await readUpTo(FIRST, firstRead)
    await readUpTo(SECOND, 30)
    const readAtMs = world.clock.nowMs
    const [firstAge, secondAge] = [readAtMs - (first[0]?.arrivedMs ?? 0), readAtMs - (second[29]?.arrivedMs ?? 0)]
    const known = await age()
    expect(known.byPartition).toBe(true)
    expect(known.partitions).toMatchObject([
      { partitionId: FIRST, maxMs: firstAge },
      { partitionId: SECOND, maxMs: secondAge },
    ])
    expect(known.stream.maxMs).toBe(firstAge)
    expect(Date.parse(known.stream.minuteAt ?? '')).toBe(Math.floor(readAtMs / 60_000) * 60_000)
  })

  it('is nothing at the tip, and not known when nobody reads', async () => {
    world = await openWorld(1)
    await send(3, 10)
    expect((await age()).stream).toEqual({ maxMs: null, minuteAt: null })
    await readUpTo(FIRST, 100)
    expect((await age()).stream.maxMs).toBe(0)
    world.clock.nowMs += 20 * 60_000
    expect((await age()).stream).toEqual({ maxMs: null, minuteAt: null })
  })
})
