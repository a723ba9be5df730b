import type { HistoryEvent, Series } from '../../../shared/features/history.ts'
import { bucketSql } from './buckets.ts'
import type { OpenHistory } from './file.ts'

/** The asked span in at most `points` buckets of whole seconds; `partitions`: with the series of each partition. */
export interface RangeRequest {
  fromMs: number
  toMs: number
  points: number
  partitions: boolean
}

export interface Range {
  series: Series[]
  bucketMs: number
  /** The oldest sample of the scope; null when there is none. */
  oldestMs: number | null
}

export async function readRange(
  { connection }: OpenHistory,
  scope: string,
  { fromMs, toMs, points, partitions }: RangeRequest,
): Promise<Range> {
  const bucketMs = Math.max(1_000, Math.ceil((toMs - fromMs) / points / 1_000) * 1_000)
  const found = await connection.runAndReadAll(bucketSql(bucketMs), [
    scope,
    BigInt(Math.floor(fromMs)),
    BigInt(Math.ceil(toMs)),
    partitions,
  ])
  const series = new Map<string, [number, number][]>()
  const add = (name: string, atMs: unknown, value: unknown) => {
    const known = series.get(name) ?? []
    known.push([Number(atMs), Number(value)])
    series.set(name, known)
  }
  for (const [name, atMs, value, least] of found.getRows()) {
    add(String(name), atMs, value)
    if (hasLeast(String(name))) add(`${name}/least`, atMs, least)
  }
  const oldest = await connection.runAndReadAll(
    'select min(at_ms) from samples where series in (select id from series where scope = $1)',
    [scope],
  )
  const [[oldestMs] = [null]] = oldest.getRows()
  return {
    series: [...series].map(([name, known]) => ({ name, points: known })),
    bucketMs,
    oldestMs: oldestMs == null ? null : Number(oldestMs),
  }
}

/** What was behind at commits is given with its least value: a mean of hours hides what it was at its best. */
const hasLeast = (name: string): boolean => name.endsWith('/atCommitRecords')

export interface EventsRequest {
  fromMs: number
  toMs: number
  limit: number
}

/** Events that are in the file, newest first. */
export async function readEvents(
  { connection }: OpenHistory,
  scope: string,
  { fromMs, toMs, limit }: EventsRequest,
): Promise<HistoryEvent[]> {
  const found = await connection.runAndReadAll(
    `select id, at_ms, kind, state, title, detail from events
    where scope = $1 and at_ms between $2 and $3 order by at_ms desc, id desc limit $4`,
    [scope, BigInt(Math.floor(fromMs)), BigInt(Math.ceil(toMs)), limit],
  )
  return found.getRows().map(([id, atMs, kind, state, title, detail]) => ({
    id: Number(id),
    at: new Date(Number(atMs)).toISOString(),
    kind: kind as HistoryEvent['kind'],
    state: state as HistoryEvent['state'],
    title: String(title),
    ...(detail !== null && { detail: String(detail) }),
  }))
}
