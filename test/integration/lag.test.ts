import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readAccessKey } from '../../electron/hosts/sandbox/access-key.ts'
import type { Lag } from '../../shared/features/lag.ts'
import { enginePid, runningSandbox } from '../fixture/engine-process.ts'
import { type Finished, runSluice, temporaryFolder } from '../fixture/sluice.ts'

const STREAM = 'incoming-food-order-data'
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let kinesis: KinesisClient
let before: Finished

/** All records of the stream as it holds them, by shard: what is true of it. */
async function recordsByShard(): Promise<Map<string, { bytes: number; arrivedMs: number }[]>> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: STREAM }))
  const all = new Map<string, { bytes: number; arrivedMs: number }[]>()
  for (const { ShardId = '' } of Shards) {
    const records: { bytes: number; arrivedMs: number }[] = []
    let { ShardIterator: iterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    )
    while (iterator) {
      const page: {
        Records?: { Data?: Uint8Array; PartitionKey?: string; ApproximateArrivalTimestamp?: Date }[]
        NextShardIterator?: string
      } = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }))
      if (!page.Records?.length) break
      for (const record of page.Records)
        records.push({
          bytes: (record.Data?.length ?? 0) + Buffer.byteLength(record.PartitionKey ?? ''),
          arrivedMs: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
        })
      iterator = page.NextShardIterator
    }
    all.set(ShardId, records)
  }
  return all
}

async function put(count: number): Promise<void> {
  const { FailedRecordCount } = await kinesis.send(
    new PutRecordsCommand({
      StreamName: STREAM,
      Records: Array.from({ length: count }, (_, index) => ({
        PartitionKey: `key ${index}`,
        Data: Buffer.from(`no order ${index}`),
      })),
    }),
  )
  expect(FailedRecordCount).toBe(0)
}

async function lag(): Promise<Lag> {
  const { exitCode, json, stderr } = await runSluice(['lag', '--json', '--data', folder.path])
  expect(exitCode, stderr).toBe(0)
  return json as Lag
}

beforeAll(async () => {
  folder = await temporaryFolder()
  const args = [
    'demo',
    '--json',
    '--data',
    folder.path,
    '--events',
    '600',
    '--rate',
    '0',
    '--shards',
    '2',
    '--limits',
    'off',
    '--keep',
  ]
  before = await runSluice(args)
  kinesis = new KinesisClient({
    endpoint: runningSandbox(folder.path).endpoint,
    region: 'us-east-1',
    credentials: await readAccessKey(folder.path),
  })
})
afterAll(async () => {
  kinesis.destroy()
  await runSluice(['stop', '--data', folder.path])
  await folder.remove()
})

it.skipIf(process.platform !== 'linux')(
  'of the real engine, held still, is what the stream holds behind its committed position; let go, it is caught ' +
    'up (needs /proc)',
  async () => {
    expect(before.exitCode, before.stderr).toBe(0)
    expect((await lag()).total).toMatchObject({ behindRecords: 0, behindBytes: 0, behindMs: 0 })
    const pid = enginePid(folder.path)
    if (pid === undefined) throw new Error('The sandbox runs no engine')
    process.kill(pid, 'SIGSTOP')
    try {
      for (const count of [40, 30, 20]) await put(count)
      const resharded = await runSluice(['reshard', '3', '--data', folder.path])
      expect(resharded.exitCode, resharded.stderr).toBe(0)
      await put(60)
      const held = await lag()
      const atMs = Date.parse(held.at)
      const truth = await recordsByShard()
      expect(truth.size).toBeGreaterThan(2)
      let waiting = 0
      for (const shard of held.partitions) {
        const behind = truth.get(shard.partitionId)?.slice(shard.readRecords) ?? []
        waiting += behind.length
        expect(shard).toMatchObject({
          behindRecords: behind.length,
          behindBytes: behind.reduce((sum, record) => sum + record.bytes, 0),
        })
        const trueMs = behind[0] ? atMs - behind[0].arrivedMs : 0
        expect(shard.behindMs).toBeGreaterThanOrEqual(trueMs)
        expect((shard.behindMs ?? 0) - (shard.behindWithinMs ?? 0)).toBeLessThanOrEqual(trueMs)
      }
      expect(waiting).toBe(150)
      expect(held.total.behindRecords).toBe(150)
      expect(held.partitions.some(shard => shard.state === 'draining')).toBe(true)
      expect(held.partitions.some(shard => shard.waitsFor.length > 0)).toBe(true)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await expect.poll(async () => (await lag()).total.behindRecords, { timeout: 60_000, interval: 500 }).toBe(0)
    const after = await lag()
    expect(after.total).toMatchObject({ behindMs: 0, behindBytes: 0 })
    expect(after.partitions.filter(shard => shard.state === 'draining')).toEqual([])
  },
)
