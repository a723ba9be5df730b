import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordsCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis'
import { BENCH_KEY } from '../bench-key.ts'
import type { Area } from './area.ts'
import { cpuMs, familyOf, startProgram } from './program.ts'
import type { Figure } from './ratio.ts'
import { anyKeyOption } from './tree.ts'

const STREAM = 'bench'
const SHARDS = 4
const RECORDS_A_PUT = 500
const RECORD = Buffer.alloc(300, 'x')
/** Until its code is warm, and each shard has several pages. */
const WARM_UP_PUTS = 350
const PUTS_A_ROUND = 12
const GETS_A_ROUND = 4

/** `sluice sandbox` under PutRecords and GetRecords, one call at a time: time of a call, and what it took of a core. */
export const sandboxArea: Area = {
  rounds: { quick: 20, full: 60 },
  async open(tree, cleanUp) {
    const data = await mkdtemp(join(tmpdir(), 'sluice-against-sandbox-'))
    const removeData = await cleanUp.add(() => rm(data, { recursive: true, force: true }))
    const anyKey = await anyKeyOption(tree, cleanUp, 'sandbox')
    const program = await startProgram(tree, cleanUp, ['sandbox', ...anyKey, '--limits', 'off', '--data', data])
    const endpoint = await program.prints(/http:\/\/127\.0\.0\.1:\d+/)
    const client = new KinesisClient({ endpoint, region: 'us-east-1', credentials: BENCH_KEY, maxAttempts: 1 })
    await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: SHARDS }))
    await waitUntilStreamExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StreamName: STREAM })
    let sent = 0
    const put = async () => {
      const Records = Array.from({ length: RECORDS_A_PUT }, () => ({ PartitionKey: `key-${sent++}`, Data: RECORD }))
      const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
      if (FailedRecordCount) throw new Error(`${tree.label}: ${FailedRecordCount} records were refused`)
    }
    /** Pages of a shard from its beginning. */
    const readPages = async (shard: number, pages: number) => {
      const ShardId = `shardId-${String(shard).padStart(12, '0')}`
      const start = { StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
      let { ShardIterator } = await client.send(new GetShardIteratorCommand(start))
      for (let page = 0; page < pages; page++) {
        const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }))
        if (Records.length === 0) throw new Error(`${tree.label}: ${ShardId} has no page ${page}`)
        ShardIterator = NextShardIterator
      }
    }
    for (let call = 0; call < WARM_UP_PUTS; call++) await put()
    for (let shard = 0; shard < SHARDS; shard++) await readPages(shard, 2)
    const family = familyOf(program.pid)

    /** What one of `calls` calls takes. */
    const measure = async (name: string, calls: number, work: () => Promise<void>): Promise<Figure[]> => {
      const cpuBefore = family && cpuMs(family)
      const startedMs = performance.now()
      await work()
      const wall = { name: `${name}, time of a call`, unit: 'ms', value: (performance.now() - startedMs) / calls }
      if (!family || cpuBefore === undefined) return [wall]
      return [wall, { name: `${name}, CPU of a call`, unit: 'ms', value: (cpuMs(family) - cpuBefore) / calls }]
    }
    return {
      async round(round) {
        const puts = await measure(`PutRecords of ${RECORDS_A_PUT} records`, PUTS_A_ROUND, async () => {
          for (let call = 0; call < PUTS_A_ROUND; call++) await put()
        })
        const gets = await measure('GetRecords of up to 10,000 records', GETS_A_ROUND, () =>
          readPages(round % SHARDS, GETS_A_ROUND),
        )
        return [...puts, ...gets]
      },
      async close() {
        client.destroy()
        await program.stop()
        await removeData()
      },
    }
  },
}
