import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { BENCH_KEY } from '../../bench/bench-key.ts'
import { waiting } from '../../fixture/waiting.ts'

const StreamName = 'orders'
const ENTRY = fileURLToPath(new URL('../../bench/kinesis-process.ts', import.meta.url))
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-kinesis-kill-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function start() {
  const child = spawn(process.execPath, [ENTRY, dir, 'off', 'checked'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = await once(createInterface(child.stdout), 'line')
  const client = new KinesisClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: BENCH_KEY,
    maxAttempts: 1,
  })
  return {
    client,
    async kill() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      client.destroy()
    },
  }
}

async function active(client: KinesisClient): Promise<void> {
  await vi.waitFor(async () => {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }))
    expect(StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE')
  }, waiting)
}

/**
 * Puts lots of records until the process is gone; gives shard and sequence number of every one that was acknowledged.
 */
async function putUntilDead(client: KinesisClient, lane: string, acknowledged: Map<string, string>, onLot: () => void) {
  for (let lot = 0; ; lot++) {
    const texts = Array.from({ length: 100 }, (_, index) => `${lane} ${lot} ${index}`)
    try {
      const reply = await client.send(
        new PutRecordsCommand({
          StreamName,
          Records: texts.map(text => ({ PartitionKey: text, Data: Buffer.from(text.padEnd(300)) })),
        }),
      )
      for (const [index, text] of texts.entries()) acknowledged.set(`${reply.Records?.[index]?.SequenceNumber}`, text)
      onLot()
    } catch {
      return
    }
  }
}

async function readEverything(client: KinesisClient): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }))
  for (const { ShardId } of Shards) {
    const first = await client.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    )
    for (let iterator = first.ShardIterator; iterator; ) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }))
      for (const record of page.Records ?? []) {
        expect(found.has(`${record.SequenceNumber}`)).toBe(false)
        found.set(
          `${record.SequenceNumber}`,
          Buffer.from(record.Data ?? [])
            .toString()
            .trimEnd(),
        )
      }
      if (page.Records?.length === 0 && page.MillisBehindLatest === 0) break
      iterator = page.NextShardIterator
    }
  }
  return found
}

it('every acknowledged record is there, at its sequence number, after kill -9 under load and resharding', async () => {
  const acknowledged = new Map<string, string>()
  for (let round = 0; round < 3; round++) {
    const sandbox = await start()
    if (round === 0) await sandbox.client.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }))
    await active(sandbox.client)
    const before = acknowledged.size
    let killed: Promise<void> | undefined
    let scaling: Promise<unknown> | undefined
    const onLot = () => {
      if (acknowledged.size >= before + 1_000) {
        scaling ??= sandbox.client
          .send(
            new UpdateShardCountCommand({ StreamName, TargetShardCount: round + 3, ScalingType: 'UNIFORM_SCALING' }),
          )
          .catch(() => undefined)
      }
      if (acknowledged.size >= before + 3_000 + 700 * round) killed ??= sandbox.kill()
    }
    await Promise.all(['a', 'b', 'c'].map(lane => putUntilDead(sandbox.client, `${round}${lane}`, acknowledged, onLot)))
    await killed
    await scaling
  }
  const sandbox = await start()
  const found = await readEverything(sandbox.client)
  await sandbox.kill()
  expect(acknowledged.size).toBeGreaterThanOrEqual(9_000)
  expect([...acknowledged].filter(([number, text]) => found.get(number) !== text)).toEqual([])
})
