import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis'
import type { RetentionGap } from '../../../shared/job/progress.ts'
import type { StreamRecord } from '../source.ts'
import type { ByteBudget } from './byte-budget.ts'
import { isCovered, isNearRetention, NEAR_RETENTION_MS } from './gaps.ts'
import { recordsOf } from './record.ts'
import { iteratorInput } from './shard-iterator.ts'

/** A shard gives five reads a second to all its readers together. */
export const READ_GAP_MS = 205
/** A reader that is caught up leaves one of them to others, such as a console that reads the shard. */
const CAUGHT_UP_GAP_MS = 250

export interface ShardReaderOptions {
  kinesis: KinesisClient
  stream: string
  shardId: string
  /** As in a PartitionPosition, but never SHARD_END. */
  position: string
  /** Everything that arrived before this time is before the position; undefined when that is not known. */
  coveredUntilMs: number | undefined
  maxBuffered: number
  /** Of data and partition keys. */
  maxBufferedBytes: number
  now: () => number
  monotonic: () => number
  onArrival: () => void
  /** Records may have expired unread. */
  onGap: (gap: RetentionGap) => void
  retentionMs: () => Promise<number>
  /** Whether the stream still has a shard. */
  isListed: (shardId: string) => Promise<boolean>
}

/** Where the reading of a shard is. */
export interface ShardRead extends ShardReaderOptions {
  signal: AbortSignal
  buffer: StreamRecord[]
  budget: ByteBudget
  iterator: string | undefined
  /** What the next page must begin with, to prove that nothing between expired: the last record that was read. */
  mustBeginWith: string | undefined
  /** The position expired, and its iterator does not get on: the next one begins at the oldest record. */
  expired: boolean
  ended: boolean
  seen: { millisBehindLatest: number; readAtMs: number } | undefined
  /** After a refusal: reads keep to five a second until then, by the monotonic clock. */
  calmUntilAt: number
  /** How long the next failure is waited for. */
  backoffMs: number
  /** Wakes the reading that waits for room in the buffer. */
  room: () => void
}

const namesRecord = (position: string): boolean => position !== 'TRIM_HORIZON' && !position.startsWith('@')

/** One read; the least time until the next one, ms. */
export async function readPage(shard: ShardRead): Promise<number> {
  const wasExpired = shard.expired
  shard.iterator = await askIterator(shard)
  const askedMs = shard.now()
  const page = await shard.kinesis.send(
    new GetRecordsCommand({ ShardIterator: shard.iterator, Limit: shard.budget.limit() }),
    {
      abortSignal: shard.signal,
    },
  )
  const records = await behindTheLast(shard, page, askedMs)
  shard.budget.read(records)
  for (const record of records) shard.buffer.push(record)
  const last = records.at(-1)
  shard.position = last?.offset ?? shard.position
  const behindMs = page.MillisBehindLatest ?? 0
  shard.coveredUntilMs = behindMs === 0 ? askedMs : (last?.arrivedMs ?? shard.coveredUntilMs)
  shard.ended = page.NextShardIterator === undefined
  shard.iterator = shard.expired && !wasExpired ? undefined : page.NextShardIterator
  shard.seen = { millisBehindLatest: behindMs, readAtMs: shard.now() }
  shard.onArrival()
  if (behindMs === 0) return CAUGHT_UP_GAP_MS
  return shard.monotonic() > shard.calmUntilAt ? 0 : READ_GAP_MS
}

async function askIterator(shard: ShardRead): Promise<string | undefined> {
  const proves = shard.mustBeginWith !== undefined
  // The iterator at hand would skip what expires before it is used, and say nothing.
  if (
    namesRecord(shard.position) &&
    !proves &&
    isNearRetention(shard.coveredUntilMs, await shard.retentionMs(), shard.now())
  )
    shard.iterator = undefined
  if (shard.iterator !== undefined) return shard.iterator
  const from = shard.expired ? 'TRIM_HORIZON' : shard.position
  const input = iteratorInput(shard.stream, shard.shardId, from, 'at')
  const reply = await shard.kinesis.send(new GetShardIteratorCommand(input), { abortSignal: shard.signal })
  const uncovered =
    shard.coveredUntilMs !== undefined && !isCovered(shard.coveredUntilMs, await shard.retentionMs(), shard.now())
  if (!shard.expired) shard.mustBeginWith = namesRecord(shard.position) || uncovered ? shard.position : undefined
  return reply.ShardIterator
}

/** The records of a page that follow the last one that was read; notes it when they may not be the next ones. */
async function behindTheLast(
  shard: ShardRead,
  page: GetRecordsCommandOutput,
  askedMs: number,
): Promise<StreamRecord[]> {
  const records = recordsOf(shard.shardId, page, shard.now())
  if (shard.mustBeginWith === undefined) return records
  const [first] = records
  if (first?.offset === shard.mustBeginWith) {
    shard.mustBeginWith = undefined
    return records.slice(1)
  }
  const retention = await shard.retentionMs()
  const behindMs = page.MillisBehindLatest ?? 0
  if (!first && behindMs > 0 && page.NextShardIterator) {
    // "It might take multiple calls to get to a portion of the shard that contains records" (API reference,
    // GetRecords). One of a record that expired was seen to get there never (harlow/kinesis-consumer#125).
    if (behindMs > retention - NEAR_RETENTION_MS) shard.expired = true
    return records
  }
  noteGap(shard, first, askedMs, retention, false)
  shard.mustBeginWith = undefined
  shard.expired = false
  return records
}

/** Reports that records may have expired between what was read and `first`. */
export function noteGap(
  shard: ShardRead,
  first: StreamRecord | undefined,
  askedMs: number,
  retention: number,
  shardGone: boolean,
): void {
  if (isCovered(shard.coveredUntilMs, retention, askedMs)) return
  const iso = (ms: number) => new Date(ms).toISOString()
  shard.onGap({
    partitionId: shard.shardId,
    position: shard.position,
    from: shard.coveredUntilMs === undefined ? null : iso(shard.coveredUntilMs),
    until: iso(first?.arrivedMs ?? askedMs - retention),
    firstOffset: first?.offset ?? null,
    foundAt: iso(askedMs),
    partitionGone: shardGone,
  })
}
