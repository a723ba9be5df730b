import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { parseCsv } from '../../../electron/core/simulator/csv.ts'
import { createEventSource } from '../../../electron/core/simulator/event-source.ts'
import { readAccessKey } from '../../../electron/hosts/sandbox/access-key.ts'
import { lastSandbox } from '../../../electron/hosts/sandbox/running.ts'
import { readPipeline } from '../../fixture/read-pipeline.ts'

const BATCHES_A_SECOND = 4
/** PutRecords takes so many (API reference, PutRecords). */
const MOST_A_CALL = 500
const project = (path: string) => readFile(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8')

/**
 * Writes orders into the stream of the sandbox on a data folder, from this process: it is a producer outside of the
 * console.
 */
export async function startWriter(data: string, recordsPerSecond: number): Promise<{ stop(): Promise<void> }> {
  const sandbox = await lastSandbox(data)
  if (!sandbox) throw new Error(`No sandbox runs on ${data}`)
  const kinesis = new KinesisClient({
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    credentials: await readAccessKey(data),
    requestHandler: new NodeHttpHandler(),
  })
  const spec = await readPipeline('food-delivery')
  const dimensions = new Map(
    await Promise.all(
      spec.dimensions.map(async ({ table, file }) => [table, parseCsv(await project(`dims/${file}`))] as const),
    ),
  )
  // Another seed than the orders that are there, so that these are no duplicates of them.
  const seed = Date.now() % 0xffff_ffff
  const source = createEventSource(spec, dimensions, { seed, duplicatesPercent: 0, invalidPercent: 0, latePercent: 0 })
  let next = 0
  let failure: unknown
  let sending = Promise.resolve()
  const send = async (count: number) => {
    const Records = Array.from({ length: count }, () => {
      const { partitionKey, data: Data } = source.event(next++)
      return { PartitionKey: partitionKey, Data }
    })
    await kinesis.send(new PutRecordsCommand({ StreamName: spec.source.stream, Records }))
  }
  const timer = setInterval(() => {
    sending = sending
      .then(async () => {
        for (let left = recordsPerSecond / BATCHES_A_SECOND; left > 0; left -= MOST_A_CALL)
          await send(Math.min(MOST_A_CALL, left))
      })
      .catch(error => {
        failure ??= error
      })
  }, 1_000 / BATCHES_A_SECOND)
  return {
    async stop() {
      clearInterval(timer)
      await sending
      kinesis.destroy()
      if (failure !== undefined) throw failure
    },
  }
}
