import type { Clock } from '../clock/clock.ts'
import { toAppError } from '../errors/expected-error.ts'
import type { Cursor, RecordPage, StoredRecord, StreamSource } from '../sources/source.ts'

/** A record that was sent in a request without an answer. */
export interface Sought {
  id: number
  partitionKey: string
  data: Uint8Array
}

/** Arrival times are the server's: what was sent then may have arrived a little before, by its clock. */
const CLOCK_MARGIN_MS = 5_000
const READ_GAP_MS = 220
/** Reads in a row that were not answered, before the search gives up. */
const UNANSWERED = 3

const contentOf = (partitionKey: string, data: Uint8Array): string =>
  `${partitionKey}\n${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')}`

/**
 * Which of the sought records are in the stream: by their very bytes, not counting records whose offset another
 * answer named. Each record of the stream accounts for one sought record. Reads every partition from `sinceMs` to
 * its tip, within the pace of five reads a second.
 */
export async function findUnconfirmed(
  source: StreamSource,
  clock: Clock,
  sought: readonly Sought[],
  isKnown: (place: string) => boolean,
  sinceMs: number,
  signal: AbortSignal,
): Promise<{ found: number[]; missing: number[]; offsets: string[] }> {
  const open = new Map<string, number[]>()
  for (const { id, partitionKey, data } of sought) {
    const content = contentOf(partitionKey, data)
    open.set(content, [...(open.get(content) ?? []), id])
  }
  const found: number[] = []
  const offsets: string[] = []
  for (const { id: partition } of (await source.state(signal)).partitions) {
    for await (const record of readFrom(source, clock, partition, sinceMs - CLOCK_MARGIN_MS, signal)) {
      const place = `${partition}/${record.offset}`
      if (isKnown(place)) continue
      const id = open.get(contentOf(record.key, record.data))?.shift()
      if (id === undefined) continue
      found.push(id)
      offsets.push(place)
    }
  }
  return { found, missing: [...open.values()].flat(), offsets }
}

async function* readFrom(
  source: StreamSource,
  clock: Clock,
  partition: string,
  sinceMs: number,
  signal: AbortSignal,
): AsyncGenerator<StoredRecord> {
  const position = source.positions.at(sinceMs)
  let cursor: Cursor | undefined = await source.open(partition, { kind: 'position', position }, signal)
  let unanswered = 0
  while (cursor) {
    try {
      const page: RecordPage = await source.read(cursor, undefined, signal)
      yield* page.records
      unanswered = 0
      if (page.behindMs === 0 && page.records.length === 0) return
      cursor = page.next
    } catch (error) {
      const { code } = toAppError(error)
      if (code !== 'throttled' && (code !== 'unavailable' || ++unanswered === UNANSWERED)) throw error
    }
    await clock.sleep(READ_GAP_MS, signal)
  }
}
