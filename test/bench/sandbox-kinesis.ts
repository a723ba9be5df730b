import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ProvisionedThroughputExceededException,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis'
import { BENCH_KEY } from './bench-key.ts'
import type { Report } from './report.ts'

const STREAM = 'bench'
const BATCH = 500
const RECORD_BYTES = 311
/** Requests under way at once: enough that the sandbox never waits for the client. */
const IN_FLIGHT = 8
const SHARDS = [4, 32]

/**
 * PutRecords and GetRecords of the JavaScript SDK against the sandbox's Kinesis in another process, records/s. With
 * limits on, the figure is what the shards let through (1,000 records/s each in, 2 MiB/s and 5 reads/s each out), and
 * the detail says how often they refused.
 */
export async function benchSandboxKinesis(
  report: Report,
  { quick = false, checked = false }: { quick?: boolean; checked?: boolean },
): Promise<void> {
  const durationMs = quick ? 2_000 : 8_000
  for (const shards of SHARDS) {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-bench-kinesis-'))
    try {
      for (const limits of ['off', 'on'] as const) {
        const sandbox = await start(dir, limits, checked)
        try {
          const name = (operation: string) =>
            `sandbox ${operation}, ${shards} shards, limits ${limits}${checked ? ', signatures checked' : ''}`
          if (limits === 'off') await createStream(sandbox.client, shards)
          report({ name: name('PutRecords'), unit: 'records/s', ...(await puts(sandbox.client, durationMs)) })
          report({ name: name('GetRecords'), unit: 'records/s', ...(await gets(sandbox.client, shards, durationMs)) })
        } finally {
          await sandbox.stop()
        }
      }
    } finally {
      await rm(dir, { recursive: true })
    }
  }
}

async function start(dir: string, limits: 'on' | 'off', checked: boolean) {
  const entry = fileURLToPath(new URL('./kinesis-process.ts', import.meta.url))
  const child: ChildProcess = spawn(process.execPath, [entry, dir, limits, checked ? 'checked' : 'unchecked'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!child.stdout) throw new Error('The sandbox has no stdout')
  const [port] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The sandbox ended with ${code} before it listened`)
    }),
  ])
  const client = new KinesisClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: BENCH_KEY,
    maxAttempts: 1,
  })
  return {
    client,
    async stop() {
      client.destroy()
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function createStream(client: KinesisClient, shards: number): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: shards }))
  await waitUntilStreamExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StreamName: STREAM })
}

/** Runs `work` on several lanes until the time is over; gives the seconds that it took. */
async function forDuration(lanes: number, durationMs: number, work: (lane: number) => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  const lane = async (_: unknown, index: number) => {
    while (performance.now() - startedMs < durationMs) await work(index)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return (performance.now() - startedMs) / 1000
}

async function puts(client: KinesisClient, durationMs: number): Promise<{ value: number; detail: string }> {
  const data = Buffer.alloc(RECORD_BYTES, 'x')
  let sent = 0
  let refused = 0
  const seconds = await forDuration(IN_FLIGHT, durationMs, async () => {
    const first = sent
    sent += BATCH
    const Records = Array.from(
      { length: BATCH },
      (_, index): PutRecordsRequestEntry => ({ PartitionKey: `order-${first + index}`, Data: data }),
    )
    const reply = await client.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
    refused += reply.FailedRecordCount ?? 0
  })
  const detail =
    `${BATCH} records of ${RECORD_BYTES} bytes a call, ${IN_FLIGHT} calls in flight, ${percent(refused, sent)} of ` +
    'the records refused'
  return { value: (sent - refused) / seconds, detail }
}

/** Reads every shard from its beginning, again and again. */
async function gets(
  client: KinesisClient,
  shards: number,
  durationMs: number,
): Promise<{ value: number; detail: string }> {
  let read = 0
  let calls = 0
  let refused = 0
  let nextShard = 0
  const positions: ({ iterator: string | undefined; shardId: string } | undefined)[] = []
  const seconds = await forDuration(Math.min(IN_FLIGHT, shards), durationMs, async lane => {
    const at = positions[lane] ?? {
      iterator: undefined,
      shardId: `shardId-${String(nextShard++ % shards).padStart(12, '0')}`,
    }
    positions[lane] = at
    if (!at.iterator) {
      const start = { StreamName: STREAM, ShardId: at.shardId, ShardIteratorType: 'TRIM_HORIZON' } as const
      at.iterator = (await client.send(new GetShardIteratorCommand(start))).ShardIterator
    }
    calls++
    try {
      const page = await client.send(new GetRecordsCommand({ ShardIterator: at.iterator }))
      read += page.Records?.length ?? 0
      at.iterator = page.NextShardIterator
      if (page.MillisBehindLatest === 0) positions[lane] = undefined
    } catch (error) {
      if (!(error instanceof ProvisionedThroughputExceededException)) throw error
      refused++
      // The lane goes on to the next shard: this one first has to pay off what it gave.
      positions[lane] = undefined
    }
  })
  return { value: read / seconds, detail: `${calls} calls, ${percent(refused, calls)} of them refused` }
}

const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(0)} %`
