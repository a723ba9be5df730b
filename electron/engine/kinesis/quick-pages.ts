import type { GetRecordsCommandOutput, KinesisClient } from '@aws-sdk/client-kinesis'

/*
 * Reads the records of GetRecords out of its answer past the SDK's parser, which walks it member by member: of a page
 * of 10,000 records that takes three times as long as all else that a read does. Signing, errors and retries stay the
 * SDK's. The Spark job's reader does the same (spark/sluice_spark/source/kinesis/api.py).
 */

/** An answer as the API writes it: times in seconds, data in base64 (API reference, GetRecords). */
interface Page {
  Records?: { SequenceNumber: string; PartitionKey: string; ApproximateArrivalTimestamp?: number; Data?: string }[]
  /** Null or missing at the end of a closed shard. */
  NextShardIterator?: string | null
  MillisBehindLatest?: number | null
}

interface HttpAnswer {
  statusCode: number
  body: unknown
}

const isHttpAnswer = (value: unknown): value is HttpAnswer =>
  typeof value === 'object' && value !== null && 'statusCode' in value && 'body' in value

/** Makes a client read pages in this way. */
export function readPagesQuickly(client: KinesisClient): void {
  const pages = new WeakMap<object, Page>()
  client.middlewareStack.add(
    (next, context) => async args => {
      const result = await next(args)
      const page = pages.get(context)
      return page === undefined ? result : { ...result, output: { ...result.output, ...pageOf(page) } }
    },
    // Before the SDK's logger, which walks each output, also where nothing is logged.
    { step: 'initialize', priority: 'high', name: 'quickPage' },
  )
  // Behind the deserializer, which has the normal priority: this sees the answer before it.
  client.middlewareStack.add(
    (next, context) => async args => {
      const result = await next(args)
      const { response } = result
      if (context.commandName !== 'GetRecordsCommand' || !isHttpAnswer(response) || response.statusCode !== 200)
        return result
      const text = await textOf(response.body)
      pages.set(context, JSON.parse(text) as Page)
      response.body = Buffer.from('{}')
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'quickPageBody' },
  )
}

async function textOf(body: unknown): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** As the SDK gives it. */
const pageOf = ({ Records = [], NextShardIterator, MillisBehindLatest }: Page): Partial<GetRecordsCommandOutput> => ({
  Records: Records.map(({ SequenceNumber, PartitionKey, ApproximateArrivalTimestamp, Data }) => ({
    SequenceNumber,
    PartitionKey,
    ApproximateArrivalTimestamp: new Date(Math.round((ApproximateArrivalTimestamp ?? 0) * 1000)),
    Data: Buffer.from(Data ?? '', 'base64'),
  })),
  ...(typeof NextShardIterator === 'string' && { NextShardIterator }),
  ...(typeof MillisBehindLatest === 'number' && { MillisBehindLatest }),
})
