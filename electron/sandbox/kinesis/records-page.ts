import { LINES_ROOM } from './shard-log.ts'

/** What GetRecords gives, before it is encoded. */
export interface RecordsPage {
  /** The stored lines, each begun by a comma and ended by a newline; `whole` has LINES_ROOM bytes around them. */
  lines: Buffer
  whole: Buffer
  nextIterator: string | null
  millisBehindLatest: number
  childShards:
    | { ShardId: string; ParentShards: string[]; HashKeyRange: { StartingHashKey: string; EndingHashKey: string } }[]
    | undefined
  encryption: string
}

/** The reply in JSON: the stored lines as they are. */
export function pageToJson(page: RecordsPage): Buffer {
  const { whole, lines, nextIterator, millisBehindLatest, childShards } = page
  const tail = JSON.stringify({
    NextShardIterator: nextIterator,
    MillisBehindLatest: millisBehindLatest,
    ChildShards: childShards,
  })
  const head = '{"Records":['
  const end = `],${tail.slice(1)}`
  // The comma before the first line is not sent: the head ends on it.
  const first = LINES_ROOM + (lines.length > 0 ? 1 : 0) - head.length
  const after = LINES_ROOM + lines.length
  if (Buffer.byteLength(end) > LINES_ROOM)
    return Buffer.concat([Buffer.from(head), whole.subarray(first + head.length, after), Buffer.from(end)])
  whole.write(head, first)
  return whole.subarray(first, after + whole.write(end, after))
}

/** The reply as values, for CBOR. */
export function pageToValues(page: RecordsPage): unknown {
  const text = `[${page.lines.length > 0 ? page.lines.subarray(1).toString('utf8') : ''}]`
  const stored = JSON.parse(text) as {
    ApproximateArrivalTimestamp: number
    SequenceNumber: string
    Data: string
    PartitionKey: string
  }[]
  return {
    Records: stored.map(record => ({
      ...record,
      ApproximateArrivalTimestamp: new Date(Math.round(record.ApproximateArrivalTimestamp * 1000)),
      Data: Buffer.from(record.Data, 'base64'),
    })),
    ...(page.nextIterator !== null && { NextShardIterator: page.nextIterator }),
    MillisBehindLatest: page.millisBehindLatest,
    ...(page.childShards && { ChildShards: page.childShards }),
  }
}
