import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis'
import { describeStream } from '../../../electron/core/aws/describe-stream.ts'
import { jobLocation } from '../../../electron/core/aws/job-location.ts'
import { listKeys, readObject } from '../../../electron/core/aws/read-object.ts'
import type { Pipeline } from '../../fixture/open-pipeline.ts'

/** What became of every single record, by looking at each place once more, whatever anybody counted. */
export interface ByRecord {
  records: number
  loaded: number
  /** Valid records whose key another record's row has. */
  duplicates: number
  invalid: number
  late: number
  /** Records of the stream that are nowhere. */
  lost: string[]
  /** Keys that the fact table has more than once. */
  doubledKeys: unknown[]
  /** Records that the quarantine has more than once, or that it and the fact table have. */
  doubledRecords: string[]
  /** Rows and lines of records that the stream does not have. */
  invented: string[]
}

export async function accountByRecord(pipeline: Pipeline): Promise<ByRecord> {
  const { schema, table } = pipeline.spec.sink
  const facts = await pipeline.rows(`select OrderID, sequence_number from ${schema}.${table}`)
  const keys = new Set(facts.map(([key]) => key))
  const loaded = new Set(facts.map(([, sequenceNumber]) => String(sequenceNumber)))
  const [invalid, late] = [await quarantined(pipeline, 'invalid'), await quarantined(pipeline, 'late')]
  const aside = new Set([...invalid, ...late])
  const stream = await readStream(pipeline)
  const elsewhere = [...stream].filter(([sequenceNumber]) => !loaded.has(sequenceNumber) && !aside.has(sequenceNumber))
  const lost = elsewhere.filter(([, data]) => !keys.has(keyOf(data)))
  return {
    records: stream.size,
    loaded: facts.length,
    duplicates: elsewhere.length - lost.length,
    invalid: invalid.length,
    late: late.length,
    lost: lost.map(([sequenceNumber, data]) => `${sequenceNumber} ${data}`),
    doubledKeys: await doubledKeys(pipeline),
    doubledRecords: [...repeated([...invalid, ...late]), ...[...loaded].filter(sequenceNumber => aside.has(sequenceNumber))],
    invented: [...loaded, ...aside].filter(sequenceNumber => !stream.has(sequenceNumber)),
  }
}

async function doubledKeys({ rows, spec }: Pipeline): Promise<unknown[]> {
  const { schema, table } = spec.sink
  return (await rows(`select OrderID from ${schema}.${table} group by OrderID having count(*) > 1`)).map(([key]) => key)
}

function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>()
  return values.filter(value => seen.has(value) || !seen.add(value))
}

/** The key of a record that passed for valid. */
const keyOf = (data: string): unknown => (JSON.parse(data) as { OrderID?: unknown }).OrderID

/** Sequence numbers, a line each. */
async function quarantined({ context }: Pipeline, kind: 'invalid' | 'late'): Promise<string[]> {
  const { bucket, prefixes, query } = jobLocation(context)
  const found: string[] = []
  for (const key of await listKeys(context.aws, bucket, `${prefixes.quarantine}${query}/${kind}/`)) {
    const text = Buffer.from((await readObject(context.aws, bucket, key)) ?? []).toString('utf8')
    for (const line of text.split('\n').filter(Boolean))
      found.push((JSON.parse(line) as { sequenceNumber: string }).sequenceNumber)
  }
  return found
}

/** Every record of every shard, closed ones too: its data by its sequence number. */
async function readStream({ context }: Pipeline): Promise<Map<string, string>> {
  const { kinesis } = context.aws
  const records = new Map<string, string>()
  for (const { ShardId } of (await describeStream(context)).shards) {
    const start = { StreamName: context.spec.source.stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
    let { ShardIterator: iterator } = await kinesis.send(new GetShardIteratorCommand(start))
    while (iterator) {
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }))
      for (const { SequenceNumber = '', Data } of page.Records ?? [])
        records.set(SequenceNumber, Buffer.from(Data ?? []).toString('utf8'))
      iterator = page.MillisBehindLatest === 0 && page.Records?.length === 0 ? undefined : page.NextShardIterator
    }
  }
  return records
}
