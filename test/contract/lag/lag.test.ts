import {
  DisableEnhancedMonitoringCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { afterEach, describe, expect, it } from 'vitest'
import { progressOf } from '../../fixture/progress-of.ts'
import { openWorld, type World } from './world.ts'

const FIRST = 'shardId-000000000000'
const SECOND = 'shardId-000000000001'
const HOUR_MS = 3_600_000
let world: World

afterEach(() => world.close())

/** Puts `count` records every second. */
async function send(seconds: number, count: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await world.put(count)
    world.clock.nowMs += 1_000
  }
}
const countOf = (partitionId: string) => world.sent.get(partitionId)?.length ?? 0

describe('the lag of this job, against what is true', () => {
  it('that reading is behind says how many reads Kinesis throttled, of all readers together', async () => {
    world = await openWorld(1, { limits: true })
    await send(60, 11)
    // Rates are of the last ten seconds, reading by reading.
    for (let second = 0; second < 15; second++) {
      await send(1, 11)
      await world.trigger({ [FIRST]: 400 }, { [FIRST]: 400 })
      await world.now()
    }
    expect((await world.now()).advice).toMatchObject({
      limit: 'reading',
      sentence: expect.stringContaining('No read was throttled in the last 3 minutes.'),
    })
    const { kinesis } = world.aws
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: world.stream, ShardId: FIRST, ShardIteratorType: 'TRIM_HORIZON' }),
    )
    const answers = await Promise.allSettled(
      Array.from({ length: 12 }, () => kinesis.send(new GetRecordsCommand({ ShardIterator }))),
    )
    const refused = answers.filter(answer => answer.status === 'rejected').length
    expect(refused).toBeGreaterThan(0)
    // What CloudWatch said is good for some seconds.
    for (let second = 0; second < 16; second++) {
      await send(1, 11)
      await world.trigger({ [FIRST]: 400 }, { [FIRST]: 400 })
      await world.now()
    }
    const { advice } = await world.now()
    expect(advice.sentence).toMatch(/Kinesis throttled \d+ reads in the last 3 minutes/)
    expect(advice.figures.find(figure => figure.label === 'throttled')?.value).toBeGreaterThanOrEqual(refused)
  })

  it('is exact of one shard while the job runs: milliseconds, records and bytes', async () => {
    world = await openWorld(1)
    await send(90, 11)
    await world.trigger({ [FIRST]: 400 }, { [FIRST]: 700 })
    world.clock.nowMs += 250
    const lag = await world.now()
    expect(lag.partitions).toMatchObject([
      { ...world.truth(FIRST, 400), behindWithinMs: 0, state: 'open', readRecords: 400 },
    ])
    expect(lag.total).toMatchObject({ behindRecords: 590, behindMs: world.truth(FIRST, 400).behindMs, lostRecords: 0 })
    expect(lag.total.retentionLeftMs).toBe(24 * HOUR_MS - world.truth(FIRST, 400).behindMs)
  })

  it('is exact when the reader holds nothing, and what it reads next is old', async () => {
    world = await openWorld(1)
    await send(30, 10)
    await world.trigger({ [FIRST]: 120 }, { [FIRST]: 120 })
    world.clock.nowMs += 4_000
    expect((await world.now()).partitions).toMatchObject([{ ...world.truth(FIRST, 120), behindWithinMs: 0 }])
  })

  it('is of each of several shards its own, and of all the worst in time and the sum in records', async () => {
    world = await openWorld(4)
    await send(20, 40)
    const ids = [...world.sent.keys()].sort()
    expect(ids).toHaveLength(4)
    const committed = Object.fromEntries(ids.map((id, index) => [id, Math.floor((countOf(id) * (index + 1)) / 5)]))
    await world.trigger(committed, Object.fromEntries(ids.map(id => [id, countOf(id)])))
    world.clock.nowMs += 500
    const lag = await world.now()
    const truths = ids.map(id => world.truth(id, committed[id] ?? 0))
    expect(lag.partitions).toMatchObject(truths)
    expect(lag.total).toMatchObject({
      behindMs: Math.max(...truths.map(truth => truth.behindMs)),
      behindRecords: truths.reduce((sum, truth) => sum + truth.behindRecords, 0),
      behindBytes: truths.reduce((sum, truth) => sum + truth.behindBytes, 0),
    })
  })

  it('of a resharded stream shows parents that drain with what is left, and children that wait for them', async () => {
    world = await openWorld(1)
    await send(10, 10)
    await world.aws.kinesis.send(
      new UpdateShardCountCommand({ StreamName: world.stream, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }),
    )
    await world.active()
    await send(10, 10)
    const children = [...world.sent.keys()].filter(id => id !== FIRST).sort()
    expect(children).toHaveLength(2)
    await world.trigger({ [FIRST]: 60 }, { [FIRST]: 100 })
    expect((await world.now()).partitions).toMatchObject([
      { ...world.truth(FIRST, 60), state: 'draining', behindRecords: 40, behindWithinMs: 0, waitsFor: [] },
      ...children.map(id => ({ partitionId: id, state: 'open', waitsFor: [FIRST], behindRecords: countOf(id) })),
    ])
    world.clock.nowMs += 1_000
    const [left = '', right = ''] = children
    await world.trigger({ [FIRST]: 'SHARD_END', [left]: 3, [right]: 5 }, { [left]: 3, [right]: 5 })
    expect((await world.now()).partitions).toMatchObject([
      { partitionId: FIRST, state: 'drained', behindRecords: 0, behindBytes: 0, behindMs: 0 },
      { ...world.truth(left, 3), state: 'open', waitsFor: [], behindWithinMs: 0 },
      { ...world.truth(right, 5), state: 'open', waitsFor: [] },
    ])
  })

  it('of an idle stream is nothing, an hour later as well', async () => {
    world = await openWorld(2)
    await send(5, 10)
    await world.trigger(
      { [FIRST]: countOf(FIRST), [SECOND]: countOf(SECOND) },
      { [FIRST]: countOf(FIRST), [SECOND]: countOf(SECOND) },
    )
    for (const waitMs of [0, 5_000, HOUR_MS]) {
      world.clock.nowMs += waitMs
      const { total, advice, catchUpSeconds } = await world.now()
      expect(total).toMatchObject({ behindMs: 0, behindRecords: 0, behindBytes: 0, retentionLeftMs: null })
      expect(advice.limit).toBe('none')
      expect(catchUpSeconds).toBe(0)
    }
  })

  it('with the job stopped at the tip grows from the first record since, within the time of two readings', async () => {
    world = await openWorld(1)
    await send(5, 10)
    await world.trigger({ [FIRST]: 50 }, { [FIRST]: 50 })
    await world.now()
    // Nobody reads for an hour, and nothing comes.
    for (let minute = 0; minute < 60; minute++) {
      world.clock.nowMs += 60_000
      expect((await world.now()).total.behindMs).toBe(0)
    }
    world.clock.nowMs += 700
    await world.put(7)
    world.clock.nowMs += 1_300
    await world.now()
    await send(20, 10)
    const lag = await world.now()
    const truth = world.truth(FIRST, 50)
    const [shard] = lag.partitions
    expect(shard).toMatchObject({ behindRecords: 207, behindBytes: truth.behindBytes, behindWithinMs: 2_000 })
    expect(shard?.behindMs).toBeGreaterThanOrEqual(truth.behindMs)
    expect((shard?.behindMs ?? 0) - 2_000).toBeLessThanOrEqual(truth.behindMs)
    expect(lag.advice).toMatchObject({ limit: 'stopped' })
  })

  it("with the job stopped, and no reading since, is known to CloudWatch's minute", async () => {
    world = await openWorld(1)
    await send(5, 10)
    await world.trigger({ [FIRST]: 50 }, { [FIRST]: 50 })
    world.clock.nowMs += HOUR_MS + 20_000
    await send(20, 10)
    const [shard] = (await world.now()).partitions
    const truth = world.truth(FIRST, 50)
    expect(shard).toMatchObject({ behindRecords: 200, behindBytes: truth.behindBytes })
    expect(shard?.behindWithinMs).toBeLessThanOrEqual(60_000)
    expect(shard?.behindMs).toBeGreaterThanOrEqual(truth.behindMs)
    expect((shard?.behindMs ?? 0) - (shard?.behindWithinMs ?? 0)).toBeLessThanOrEqual(truth.behindMs)
  })

  it('of a job that never ran is all there is', async () => {
    world = await openWorld(1)
    await send(90, 2)
    const [shard] = (await world.now()).partitions
    expect(shard).toMatchObject({ behindRecords: 180, position: 'not started' })
    expect(shard?.behindMs).toBeGreaterThanOrEqual(90_000)
    expect((shard?.behindMs ?? 0) - (shard?.behindWithinMs ?? 0)).toBeLessThanOrEqual(90_000)
  })

  it('of a job that began at the newest record leaves out what came before, once it was seen at the tip', async () => {
    world = await openWorld(1)
    await send(10, 10)
    await world.publish(
      progressOf({
        end: { [FIRST]: { position: `@${world.clock.nowMs}`, records: 0, bytes: 0 } },
        partitions: {
          [FIRST]: {
            millisBehindLatest: 0,
            readAt: new Date(world.clock.nowMs + 500).toISOString(),
            oldestWaitingAt: null,
          },
        },
        endedMs: world.clock.nowMs + 600,
      }),
    )
    await world.now()
    world.clock.nowMs += 1_000
    expect((await world.now()).total).toMatchObject({ behindRecords: 0, behindMs: 0 })
    await send(2, 10)
    expect((await world.now()).total).toMatchObject({
      behindRecords: 20,
      behindBytes: world.truth(FIRST, 100).behindBytes,
    })
  })

  it('says how long until retention takes what waits, and what it has taken', async () => {
    world = await openWorld(1)
    await send(10, 10)
    await world.trigger({ [FIRST]: 20 }, { [FIRST]: 20 })
    world.clock.nowMs += 23 * HOUR_MS
    const before = await world.now()
    expect(before.total.retentionLeftMs).toBe(24 * HOUR_MS - world.truth(FIRST, 20).behindMs)
    expect(before.total.lostRecords).toBe(0)
    await send(10, 5)
    world.clock.nowMs += 2 * HOUR_MS
    const after = await world.now()
    expect(after.total).toMatchObject({
      lostRecords: 80,
      behindRecords: 50,
      behindBytes: world.truth(FIRST, 100).behindBytes,
    })
    const truth = world.truth(FIRST, 100)
    expect(after.total.behindMs).toBeGreaterThanOrEqual(truth.behindMs)
  })

  it('keeps the retention gaps that the reader reported in one of its batches', async () => {
    world = await openWorld(1)
    await send(2, 10)
    const gap = {
      partitionId: FIRST,
      position: '17',
      from: null,
      until: new Date(world.clock.nowMs).toISOString(),
      firstOffset: '18',
      foundAt: new Date(world.clock.nowMs).toISOString(),
      partitionGone: false,
    }
    const progress = progressOf({ end: world.offsetAt({ [FIRST]: 20 }), partitions: {}, endedMs: world.clock.nowMs })
    await world.publish({ ...progress, sluice: { ...progress.sluice, retentionGaps: [gap] } })
    expect((await world.now()).gaps).toEqual([gap])
    await world.now()
    await world.publish(progress)
    expect((await world.now()).gaps).toEqual([gap])
  })

  it('is not "0 records" where nobody counts by shard: then it is what the reader says', async () => {
    world = await openWorld(2)
    await send(10, 10)
    await world.aws.kinesis.send(
      new DisableEnhancedMonitoringCommand({ StreamName: world.stream, ShardLevelMetrics: ['ALL'] }),
    )
    await world.trigger({ [FIRST]: 3, [SECOND]: 2 }, { [FIRST]: 10, [SECOND]: 10 })
    const lag = await world.now()
    expect(lag.total).toMatchObject({ behindRecords: null, behindBytes: null })
    expect(lag.partitions).toMatchObject([
      { behindMs: world.truth(FIRST, 3).behindMs, behindRecords: null },
      { behindMs: world.truth(SECOND, 2).behindMs, behindRecords: null },
    ])
  })

  it('counts the same after days of readings, when CloudWatch is asked for the newest minutes only', async () => {
    world = await openWorld(2)
    for (let reading = 0; reading < 40; reading++) {
      await world.put(3 + (reading % 5))
      world.clock.nowMs += 11 * 60_000 + reading * 1_000
      const { partitions } = await world.now()
      expect(partitions.map(shard => shard.behindRecords)).toEqual([countOf(FIRST), countOf(SECOND)])
    }
    world.clock.nowMs += 22 * HOUR_MS
    const { partitions } = await world.now()
    expect(partitions.map(shard => (shard.behindRecords ?? 0) + (shard.lostRecords ?? 0))).toEqual([
      countOf(FIRST),
      countOf(SECOND),
    ])
  })
})
