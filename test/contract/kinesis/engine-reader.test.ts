import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readPagesQuickly } from '../../../electron/engine/kinesis/quick-pages.ts'
import { createStreamReader } from '../../../electron/engine/kinesis/reader.ts'
import type { PlannedRead, StreamReader } from '../../../electron/engine/source.ts'
import { openKinesis } from '../../../electron/sandbox/kinesis/kinesis.ts'
import type { RetentionGap, SourceOffset } from '../../../shared/job/progress.ts'
import { waiting } from '../../fixture/waiting.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

const STREAM = 'orders'
const HOUR_MS = 3_600_000
const SHARD = 'shardId-000000000000'
let dir: string
let clock: number
let served: Awaited<ReturnType<typeof serveServices>>
let client: KinesisClient
let everySoOften: (() => void)[]
let readers: StreamReader[]
let reported: RetentionGap[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-engine-reader-'))
  clock = Date.UTC(2026, 0, 1)
  readers = []
  reported = []
  everySoOften = []
  const setRealInterval = globalThis.setInterval
  const spied = vi.spyOn(globalThis, 'setInterval').mockImplementation(((run: () => void, ms: number) => {
    everySoOften.push(run)
    return setRealInterval(run, ms)
  }) as typeof setInterval)
  const { service } = await openKinesis({
    dir,
    account: '000000000000',
    region: 'us-east-1',
    now: () => clock,
    limits: false,
    stateDelayMs: 5,
    log: () => undefined,
  })
  spied.mockRestore()
  served = await serveServices([service])
  client = new KinesisClient({
    endpoint: served.endpoint,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
  })
  readPagesQuickly(client)
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }))
  await active()
})

afterEach(async () => {
  await Promise.all(readers.map(reader => reader.close()))
  client.destroy()
  await served.close()
  await rm(dir, { recursive: true })
  expect(served.crashes).toEqual([])
})

const active = () =>
  vi.waitFor(async () => {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: STREAM }))
    expect(StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE')
  }, waiting)

/** Lets time pass, and the sandbox do what it does every so often: remove what expired. */
function setForward(ms: number): void {
  clock += ms
  for (const run of everySoOften) run()
}

async function put(...keys: string[]): Promise<string[]> {
  const numbers: string[] = []
  for (let at = 0; at < keys.length; at += 500) {
    const lot = keys.slice(at, at + 500).map(key => ({ PartitionKey: key, Data: Buffer.from(key) }))
    const { Records } = await client.send(new PutRecordsCommand({ StreamName: STREAM, Records: lot }))
    numbers.push(...(Records ?? []).flatMap(record => record.SequenceNumber ?? []))
  }
  return numbers
}

async function begin(offset?: SourceOffset, coveredUntilMs?: Readonly<Record<string, number>>): Promise<StreamReader> {
  const reader = createStreamReader({
    kinesis: client,
    stream: STREAM,
    maxRecordsPerBatch: 1_000,
    now: () => clock,
    onGap: gap => void reported.push(gap),
  })
  readers.push(reader)
  await reader.begin(offset, 'TRIM_HORIZON', coveredUntilMs)
  return reader
}

/** The next batch that is not empty. */
async function next(reader: StreamReader, max = 1_000): Promise<PlannedRead> {
  for (;;) {
    const read = await reader.plan(max)
    if (!read.isEmpty) return read
    await reader.waitForRecords(1_000, new AbortController().signal)
  }
}

const keys = (read: PlannedRead): string[] => read.records.map(record => record.partitionKey)

describe('the reader of the embedded engine', () => {
  it('goes on behind the last record after a restart, and reports no gap', async () => {
    await put('one', 'two', 'three')
    const first = await begin()
    const read = await next(first, 2)
    await first.close()
    expect([...keys(read), ...keys(await next(await begin(read.end, read.coveredUntilMs)))]).toEqual([
      'one',
      'two',
      'three',
    ])
    expect(reported).toEqual([])
  })

  it('reports records that expired while the query was down, from when to when', async () => {
    await put('read', 'lost')
    const first = await begin()
    const read = await next(first, 1)
    await first.close()
    setForward(25 * HOUR_MS)
    const [number] = await put('there')
    const after = await next(await begin(read.end, read.coveredUntilMs))
    expect(keys(after)).toEqual(['there'])
    expect(after.gaps).toEqual([
      {
        partitionId: SHARD,
        position: read.end[SHARD]?.position,
        from: new Date(clock - 25 * HOUR_MS).toISOString(),
        until: new Date(clock).toISOString(),
        firstOffset: number,
        foundAt: new Date(clock).toISOString(),
        partitionGone: false,
      },
    ])
    expect(reported).toEqual(after.gaps)
    expect((await next(await begin(read.end))).gaps).toMatchObject([{ from: null, firstOffset: number }])
  })

  it('takes silence for no gap when the shard was read to its end since', async () => {
    await put('read')
    const first = await begin()
    const read = await next(first)
    setForward(23 * HOUR_MS)
    const idle = await vi.waitFor(async () => {
      const plan = await first.plan(1_000)
      expect(plan.coveredUntilMs[SHARD]).toBe(clock)
      return plan
    }, waiting)
    await first.close()
    setForward(3 * HOUR_MS)
    await put('new')
    const after = await next(await begin(read.end, idle.coveredUntilMs))
    expect(keys(after)).toEqual(['new'])
    expect(after.gaps).toEqual([])
  })

  it('reports records that expire between two reads, within the life of an iterator', async () => {
    await put(...Array.from({ length: 15_000 }, (_, index) => `key-${index}`))
    setForward(24 * HOUR_MS - 120_000)
    const reader = await begin()
    const first = await next(reader)
    // Its buffer is full: it reads on only when some of it is taken.
    setForward(240_000)
    const [number] = await put('there')
    const read = [first]
    while (read.at(-1)?.records.at(-1)?.partitionKey !== 'there') read.push(await next(reader))
    const count = read.reduce((sum, { records }) => sum + records.length, 0)
    expect(count).toBeLessThan(15_001)
    expect(read.flatMap(({ gaps }) => gaps)).toMatchObject([{ firstOffset: number }])
  })

  it('reports a closed shard that expired whole, and reads its children', async () => {
    await put('read', 'lost')
    const first = await begin()
    const read = await next(first, 1)
    await first.close()
    await split()
    setForward(25 * HOUR_MS)
    expect((await client.send(new ListShardsCommand({ StreamName: STREAM }))).Shards).toHaveLength(2)
    await put('there')
    const reader = await begin(read.end)
    const batches = [await next(reader)]
    while (!batches.some(batch => keys(batch).includes('there'))) batches.push(await next(reader))
    expect(batches.flatMap(({ gaps }) => gaps)).toMatchObject([
      { partitionId: SHARD, partitionGone: true, firstOffset: null },
    ])
  })

  it('keeps the counts of a drained shard that expires, once', async () => {
    await put('one', 'two')
    await split()
    const reader = await begin()
    let { end } = await next(reader)
    while (end[SHARD]?.position !== 'SHARD_END') ({ end } = await next(reader))
    setForward(25 * HOUR_MS)
    for (let listed = 0; listed < 3; listed++) {
      setForward(11_000)
      ;({ end } = await reader.plan(1_000))
    }
    expect(end).not.toHaveProperty(SHARD)
    expect(end.expired?.records).toBe(2)
    expect(reported).toEqual([])
  })
})

async function split(): Promise<void> {
  const at = String(2n ** 127n)
  await client.send(new SplitShardCommand({ StreamName: STREAM, ShardToSplit: SHARD, NewStartingHashKey: at }))
  await active()
}

it('a page read past the parser of the SDK is the page that the SDK reads', async () => {
  const plain = new KinesisClient({ endpoint: served.endpoint, region: 'us-east-1', credentials: CREDENTIALS })
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName: STREAM, ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' }),
  )
  const page = async (from: KinesisClient) => {
    const { $metadata, ...rest } = await from.send(new GetRecordsCommand({ ShardIterator }))
    return { ...rest, Records: rest.Records?.map(record => ({ ...record, Data: Buffer.from(record.Data ?? []) })) }
  }
  expect(await page(client)).toMatchObject({ Records: [], MillisBehindLatest: 0 })
  const Records = [Buffer.from('{"a":"ü"}'), Buffer.from([0, 255, 128])].map((Data, place) => ({
    PartitionKey: `ключ ${place}`,
    Data,
  }))
  await client.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
  const [{ NextShardIterator: ours, ...quick }, { NextShardIterator: theirs, ...slow }] = [
    await page(client),
    await page(plain),
  ]
  expect(quick).toEqual(slow)
  expect(quick.Records).toHaveLength(2)
  expect([typeof ours, typeof theirs]).toEqual(['string', 'string'])
  await expect(client.send(new GetRecordsCommand({ ShardIterator: 'none' }))).rejects.toMatchObject({
    name: 'InvalidArgumentException',
  })
  plain.destroy()
})
