import { isUtf8 } from 'node:buffer'
import type { RecordsFrom, RecordsPage, StreamRecord } from '../../../shared/features/stream.ts'
import type { Clock } from '../clock/clock.ts'
import { askedOffset } from '../sources/asked-offset.ts'
import { budgetedRead } from '../sources/budgeted-read.ts'
import type { ReadBudget } from '../sources/read-budget.ts'
import type { Cursor, ReadFrom, StoredRecord, StreamSource } from '../sources/source.ts'

/**
 * Reads one page of records of one partition, within the budget.
 */
export async function readRecords(
  source: StreamSource,
  { clock, budget, place }: { clock: Clock; budget: ReadBudget; place: string },
  asked: { partition: string; from: RecordsFrom; limit: number },
  signal: AbortSignal,
): Promise<RecordsPage> {
  const { partition, from, limit } = asked
  const cursor =
    from.kind === 'next' ? (from.cursor as Cursor) : await source.open(partition, readFrom(source, from), signal)
  const page = await budgetedRead(source, { budget, place }, { cursor, limit }, signal)
  return {
    records: page.records.map(record => shownRecord(record, source.unpack)),
    next: page.next ?? null,
    millisBehindLatest: page.behindMs,
    readsLastMinute: budget.taken(place),
    at: new Date(clock.now()).toISOString(),
  }
}

/** A record as it is shown: an aggregate comes apart as the job takes it apart, and a damaged one is what it is. */
export function shownRecord(record: StoredRecord, unpack: StreamSource['unpack']): StreamRecord {
  const inner = unpack(record.data)
  const parts = (inner ?? [record.data]).map(part => Buffer.from(part))
  const encoding = parts.every(part => isUtf8(part)) ? 'utf8' : 'base64'
  return {
    offset: record.offset,
    partitionKey: record.key,
    arrivedAt: new Date(record.arrivedMs ?? 0).toISOString(),
    text: parts.map(part => part.toString(encoding)).join('\n'),
    encoding,
    aggregateOf: inner?.length ?? null,
    sizeBytes: record.data.length + Buffer.byteLength(record.key),
  }
}

function readFrom(source: StreamSource, from: Exclude<RecordsFrom, { kind: 'next' }>): ReadFrom {
  switch (from.kind) {
    case 'oldest':
      return { kind: 'position', position: source.positions.oldest }
    case 'newest':
      return { kind: 'newest' }
    case 'time':
      return { kind: 'position', position: source.positions.at(Date.parse(from.at)) }
    case 'offset':
      return { kind: 'at', offset: askedOffset(source, from.offset) }
    case 'after':
      return { kind: 'after', offset: askedOffset(source, from.offset) }
  }
}
