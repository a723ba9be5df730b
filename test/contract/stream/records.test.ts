import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCoreHere, SCOPE, value } from '../../fixture/open-core.ts'
import { waiting } from '../../fixture/waiting.ts'

const SHARD = 'shardId-000000000000'
const LIMIT = 10

/** A stream of one shard with its limits, in a sandbox and a core on one clock, and another consumer of the shard. */
async function openShard() {
  let nowMs = Date.UTC(2026, 10, 20, 12)
  let rivalFor = 0
  const now = () => nowMs
  const opened = await openCoreHere({
    now,
    limits: true,
    clock: {
      now,
      monotonic: now,
      // A wait lets the clock go on by as much, and the other consumer comes first.
      sleep: async ms => {
        nowMs += ms
        if (rivalFor-- > 0) await takeAllReads()
      },
    },
  })
  const { kinesis, kinesisOnce } = opened.aws
  const StreamName = opened.spec.source.stream
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  await vi.waitFor(async () => {
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))
    expect(StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE')
  }, waiting)
  const Records = Array.from({ length: 3 * LIMIT }, (_, index) => ({
    PartitionKey: 'key',
    Data: Buffer.from(`record ${index}`),
  }))
  await kinesis.send(new PutRecordsCommand({ StreamName, Records }))
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({ StreamName, ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' }),
  )
  const isRefused = () =>
    kinesisOnce.send(new GetRecordsCommand({ ShardIterator, Limit: 1 })).then(
      () => false,
      error => (error as Error).name === 'ProvisionedThroughputExceededException',
    )
  async function takeAllReads() {
    while (!(await isRefused()));
  }
  const spentMs = Date.UTC(2026, 10, 20, 12)
  return {
    records: (from: Parameters<typeof opened.core.stream.records>[0]['from']) =>
      opened.core.stream.records({ ...SCOPE, partitionId: SHARD, from, limit: LIMIT }),
    /** The other consumer takes every read now, and before each of the next reads of ours. */
    async rival(reads: number) {
      rivalFor = reads
      await takeAllReads()
    },
    elapsedMs: () => nowMs - spentMs,
    close: opened.close,
  }
}

describe('records of a shard whose reads another consumer takes', () => {
  let shard: Awaited<ReturnType<typeof openShard>>
  beforeEach(async () => {
    shard = await openShard()
  })
  afterEach(() => shard.close())

  it('a read that Kinesis refuses is made again a second later, and the pages have every record once', async () => {
    const first = value(await shard.records({ kind: 'oldest' }))
    await shard.rival(2)
    const second = value(await shard.records({ kind: 'next', cursor: first.next ?? '' }))
    // The budget's own second, two that the other consumer took, and none that the SDK tried in between.
    expect(shard.elapsedMs()).toBe(3_000)
    expect(second.readsLastMinute).toBe(4)
    expect([...first.records, ...second.records].map(({ text }) => text)).toEqual(
      Array.from({ length: 2 * LIMIT }, (_, index) => `record ${index}`),
    )
  })

  it('a shard that gives no read is said to be throttled, and is read on from the same cursor later', async () => {
    const first = value(await shard.records({ kind: 'oldest' }))
    await shard.rival(Number.POSITIVE_INFINITY)
    const refused = await shard.records({ kind: 'next', cursor: first.next ?? '' })
    expect(refused).toMatchObject({ ok: false, error: { code: 'throttled', retryable: true } })
    await shard.rival(0)
    const second = value(await shard.records({ kind: 'next', cursor: first.next ?? '' }))
    expect(second.records[0]?.text).toBe(`record ${LIMIT}`)
  })
})
