import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  type _Record as FullRecord,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import * as cborg from 'cborg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openKinesis } from '../../../electron/sandbox/kinesis/kinesis.ts'
import { sendRequest } from '../../fixture/raw-request.ts'
import { signedHeaders } from '../../fixture/signed-request.ts'
import { waiting } from '../../fixture/waiting.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

const STREAM = 'orders'
let dir: string
let clock: number
let served: Awaited<ReturnType<typeof serveServices>>
let client: KinesisClient

async function open(limits: boolean): Promise<void> {
  const options = {
    dir,
    account: '000000000000',
    region: 'us-east-1',
    now: () => clock,
    limits,
    stateDelayMs: 5,
    log: () => undefined,
  }
  const { service } = await openKinesis(options)
  served = await serveServices([service])
  client = new KinesisClient({
    endpoint: served.endpoint,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
  })
}

const active = () =>
  vi.waitFor(async () => {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: STREAM }))
    expect(StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE')
  }, waiting)

async function makeStream(shards: number): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: shards }))
  await active()
}

async function readShard(shardId: string): Promise<FullRecord[]> {
  const records: FullRecord[] = []
  const start = await client.send(
    new GetShardIteratorCommand({ StreamName: STREAM, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' }),
  )
  for (let iterator = start.ShardIterator; iterator; ) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }))
    records.push(...(page.Records ?? []))
    if (page.MillisBehindLatest === 0 && page.Records?.length === 0) break
    iterator = page.NextShardIterator
  }
  return records
}

const shardIds = async () =>
  (await client.send(new ListShardsCommand({ StreamName: STREAM }))).Shards?.map(shard => shard.ShardId ?? '') ?? []
const entries = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    PartitionKey: `key-${from + index}`,
    Data: Buffer.from(`data ${from + index} é`),
  }))

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-kinesis-'))
  clock = 1_763_670_000_000
  await open(false)
})
afterEach(async () => {
  client.destroy()
  await served.close()
  expect(served.crashes).toEqual([])
  await rm(dir, { recursive: true })
})

describe('records', () => {
  it('come back whole, in order and with increasing sequence numbers, over HTTP/2 and HTTP/1.1', async () => {
    await makeStream(1)
    const http1 = new KinesisClient({
      endpoint: served.endpoint,
      region: 'us-east-1',
      credentials: CREDENTIALS,
      requestHandler: new NodeHttpHandler(),
    })
    for (const sender of [client, http1]) {
      const put = await sender.send(new PutRecordsCommand({ StreamName: STREAM, Records: entries(500) }))
      expect(put.FailedRecordCount).toBe(0)
    }
    http1.destroy()
    const records = await readShard('shardId-000000000000')
    expect(records.map(record => Buffer.from(record.Data ?? []).toString())).toEqual(
      [...entries(500), ...entries(500)].map(entry => entry.Data.toString()),
    )
    const numbers = records.map(record => record.SequenceNumber ?? '')
    expect([...numbers].sort()).toEqual(numbers)
    expect(new Set(numbers).size).toBe(1000)
    expect(records[0]?.ApproximateArrivalTimestamp?.getTime()).toBe(clock)
  })

  it('survive a restart, and a line that a kill cut short does not come back', async () => {
    await makeStream(2)
    await client.send(new PutRecordsCommand({ StreamName: STREAM, Records: entries(100) }))
    await served.close()
    const { appendFileSync, readdirSync, readFileSync } = await import('node:fs')
    const folder = join(dir, readdirSync(dir).find(name => name.startsWith(STREAM)) ?? '')
    const log = join(folder, readdirSync(folder).find(file => file.startsWith('shardId-000000000000')) ?? '')
    appendFileSync(log, ',{"ApproximateArrivalTimestamp":17636')
    await open(false)
    await client.send(new PutRecordsCommand({ StreamName: STREAM, Records: entries(50, 100) }))
    expect(readFileSync(log, 'utf8')).not.toMatch(/Timestamp":17636(?!\d)/)
    const all = (await Promise.all((await shardIds()).map(readShard))).flat()
    expect(all.map(record => record.PartitionKey).sort()).toEqual(
      entries(150)
        .map(entry => entry.PartitionKey)
        .sort(),
    )
  })

  it('are put and read in CBOR as the Java SDK does', async () => {
    await makeStream(1)
    const cbor = async (operation: string, input: unknown) => {
      const request = {
        method: 'POST',
        path: '/',
        host: new URL(served.endpoint).host,
        headers: { 'content-type': 'application/x-amz-cbor-1.1', 'x-amz-target': `Kinesis_20131202.${operation}` },
        body: cborg.encode(input),
      }
      const headers = await signedHeaders(request, { key: CREDENTIALS, service: 'kinesis' })
      const reply = await sendRequest(served.endpoint, 'POST', '/', { headers, body: request.body })
      return cborg.decode(reply.body, {
        tags: { 1: (ms: () => number) => ({ ms: ms() }) } as never,
      })
    }
    await cbor('PutRecord', { StreamName: STREAM, PartitionKey: 'k', Data: Buffer.from([0, 1, 255]) })
    const { ShardIterator } = await cbor('GetShardIterator', {
      StreamName: STREAM,
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'TRIM_HORIZON',
    })
    const { Records } = await cbor('GetRecords', { ShardIterator })
    expect([...Records[0].Data]).toEqual([0, 1, 255])
    expect(Records[0].ApproximateArrivalTimestamp).toEqual({ ms: clock })
  })
})

describe('the limits of a shard', () => {
  beforeEach(async () => {
    await served.close()
    client.destroy()
    await open(true)
  })

  it('take 1,000 records a second and refuse the rest entry by entry', async () => {
    await makeStream(1)
    const results = []
    for (let call = 0; call < 3; call++)
      results.push(await client.send(new PutRecordsCommand({ StreamName: STREAM, Records: entries(500) })))
    expect(results.map(result => result.FailedRecordCount)).toEqual([0, 0, 500])
    expect(results[2]?.Records?.[0]).toMatchObject({ ErrorCode: 'ProvisionedThroughputExceededException' })
    clock += 500
    const later = await client.send(new PutRecordsCommand({ StreamName: STREAM, Records: entries(500) }))
    expect(later.FailedRecordCount).toBe(0)
    await expect(
      client.send(
        new PutRecordCommand({ StreamName: STREAM, ...(entries(1)[0] as { PartitionKey: string; Data: Buffer }) }),
      ),
    ).rejects.toThrow(/Rate exceeded for shard/)
  })

  it('give five reads a second', async () => {
    await makeStream(1)
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamName: STREAM, ShardId: 'shardId-000000000000', ShardIteratorType: 'LATEST' }),
    )
    for (let read = 0; read < 5; read++) await client.send(new GetRecordsCommand({ ShardIterator }))
    await expect(client.send(new GetRecordsCommand({ ShardIterator }))).rejects.toThrow(/Rate exceeded/)
    clock += 200
    await expect(client.send(new GetRecordsCommand({ ShardIterator }))).resolves.toBeDefined()
  })
})

describe('a reader', () => {
  it('sees how far behind it is, by the age of the next record it has not read', async () => {
    await makeStream(1)
    await client.send(new PutRecordsCommand({ StreamName: STREAM, Records: entries(1) }))
    clock += 1_000
    await client.send(new PutRecordsCommand({ StreamName: STREAM, Records: entries(1, 1) }))
    clock += 500
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamName: STREAM,
        ShardId: 'shardId-000000000000',
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    )
    const first = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }))
    expect(first.MillisBehindLatest).toBe(500)
    const second = await client.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator, Limit: 1 }))
    expect(second.MillisBehindLatest).toBe(0)
  })

  it('loses its iterator after five minutes', async () => {
    await makeStream(1)
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamName: STREAM, ShardId: 'shardId-000000000000', ShardIteratorType: 'LATEST' }),
    )
    clock += 300_001
    await expect(client.send(new GetRecordsCommand({ ShardIterator }))).rejects.toMatchObject({
      name: 'ExpiredIteratorException',
    })
  })

  it('starts at a time, at a sequence number and after it', async () => {
    await makeStream(1)
    const numbers: string[] = []
    for (let index = 0; index < 3; index++) {
      const put = await client.send(
        new PutRecordCommand({ StreamName: STREAM, PartitionKey: `${index}`, Data: Buffer.from('x') }),
      )
      numbers.push(put.SequenceNumber ?? '')
      clock += 1_000
    }
    const from = async (start: object) => {
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({ StreamName: STREAM, ShardId: 'shardId-000000000000', ...start } as never),
      )
      return (await client.send(new GetRecordsCommand({ ShardIterator }))).Records?.map(record => record.PartitionKey)
    }
    expect(await from({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(clock - 2_000) })).toEqual(['1', '2'])
    expect(await from({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: numbers[1] })).toEqual([
      '1',
      '2',
    ])
    expect(await from({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: numbers[1] })).toEqual([
      '2',
    ])
  })
})

describe('resharding under load', () => {
  it('loses nothing and keeps the order of every key, parents before children', async () => {
    await makeStream(2)
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`)
    const put = (round: number) =>
      client.send(
        new PutRecordsCommand({
          StreamName: STREAM,
          Records: keys.map(key => ({ PartitionKey: key, Data: Buffer.from(`${key} ${round}`) })),
        }),
      )
    let round = 0
    for (const target of [3, 6, 4, 2]) {
      for (let call = 0; call < 5; call++) await put(round++)
      await client.send(
        new UpdateShardCountCommand({ StreamName: STREAM, TargetShardCount: target, ScalingType: 'UNIFORM_SCALING' }),
      )
      for (let call = 0; call < 5; call++) await put(round++)
      await active()
    }
    const seen = new Map<string, number[]>()
    for (const shardId of await shardIds()) {
      for (const record of await readShard(shardId)) {
        const [key = '', number] = Buffer.from(record.Data ?? [])
          .toString()
          .split(' ')
        seen.set(key, [...(seen.get(key) ?? []), Number(number)])
      }
    }
    for (const key of keys) expect(seen.get(key)).toEqual(Array.from({ length: round }, (_, index) => index))
  })

  it('ends a closed shard with its children and without a further iterator', async () => {
    await makeStream(1)
    await client.send(new PutRecordsCommand({ StreamName: STREAM, Records: entries(10) }))
    await client.send(
      new UpdateShardCountCommand({ StreamName: STREAM, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }),
    )
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamName: STREAM,
        ShardId: 'shardId-000000000000',
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    )
    const page = await client.send(new GetRecordsCommand({ ShardIterator }))
    expect(page.Records).toHaveLength(10)
    expect(page.NextShardIterator ?? null).toBeNull()
    expect(page.ChildShards?.map(child => child.ShardId)).toEqual(['shardId-000000000001', 'shardId-000000000002'])
  })
})
