import { setTimeout as delay } from 'node:timers/promises'
import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis'
import type { RetentionGap } from '../../../shared/job/progress.ts'
import { isTransient } from '../patience.ts'
import { isCovered, isNearRetention, NEAR_RETENTION_MS } from './gaps.ts'
import { recordsOf, type StreamRecord } from './record.ts'

/** A shard gives five reads a second to all its readers together. */
export const READ_GAP_MS = 205
/** After a refusal the reader keeps to the pace of five a second for this long. */
const CALM_MS = 10_000
const MAX_WAIT_MS = 2_000

/** Reads one shard ahead of the batches, into a bounded buffer. */
export interface ShardReader {
  readonly shardId: string
  readonly buffer: readonly StreamRecord[]
  /** The shard is closed, and everything of it is in the buffer. */
  readonly ended: boolean
  /** What GetRecords said last, and when. */
  readonly seen: { millisBehindLatest: number; readAtMs: number } | undefined
  /** Everything that arrived before this time was taken; undefined when that is not known. */
  readonly coveredUntilMs: number | undefined
  /** Takes the first `count` records out of the buffer. */
  take(count: number): StreamRecord[]
  /** Why reading stopped for good. */
  readonly failure: unknown
  stop(): Promise<void>
}

export interface ShardReaderOptions {
  kinesis: KinesisClient
  stream: string
  shardId: string
  /** As in a PartitionPosition, but never SHARD_END. */
  position: string
  /** Everything that arrived before this time is before the position; undefined when that is not known. */
  coveredUntilMs: number | undefined
  maxBuffered: number
  now: () => number
  monotonic: () => number
  onArrival: () => void
  /** Records may have expired unread. */
  onGap: (gap: RetentionGap) => void
  retentionMs: () => Promise<number>
  /** Whether the stream still has a shard. */
  isListed: (shardId: string) => Promise<boolean>
}

const namesRecord = (position: string): boolean => position !== 'TRIM_HORIZON' && !position.startsWith('@')

/** How a position is asked for: the place of a time, or a record (`at` it, or `after` it). */
export function iteratorInput(stream: string, shardId: string, position: string, place: 'at' | 'after') {
  const base = { StreamName: stream, ShardId: shardId }
  if (position === 'TRIM_HORIZON') return { ...base, ShardIteratorType: 'TRIM_HORIZON' as const }
  if (position.startsWith('@'))
    return { ...base, ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(Number(position.slice(1))) }
  const type = place === 'at' ? ('AT_SEQUENCE_NUMBER' as const) : ('AFTER_SEQUENCE_NUMBER' as const)
  return { ...base, ShardIteratorType: type, StartingSequenceNumber: position }
}

export function startShardReader(options: ShardReaderOptions): ShardReader {
  const { kinesis, stream, shardId, now, monotonic, retentionMs } = options
  const stopped = new AbortController()
  const { signal } = stopped
  let buffer: StreamRecord[] = []
  let position = options.position
  let iterator: string | undefined
  /** What the next page must begin with, to prove that nothing between expired: the last record that was read. */
  let mustBeginWith: string | undefined
  /** The position expired, and its iterator does not get on: the next one begins at the oldest record. */
  let expired = false
  let coveredUntilMs = position.startsWith('@')
    ? Math.max(Number(position.slice(1)), options.coveredUntilMs ?? 0)
    : options.coveredUntilMs
  let ended = false
  let seen: ShardReader['seen']
  let failure: unknown
  let room: () => void = () => undefined

  async function askIterator(): Promise<string | undefined> {
    const proves = mustBeginWith !== undefined
    // The iterator at hand would skip what expires before it is used, and say nothing.
    if (namesRecord(position) && !proves && isNearRetention(coveredUntilMs, await retentionMs(), now()))
      iterator = undefined
    if (iterator !== undefined) return iterator
    const from = expired ? 'TRIM_HORIZON' : position
    const input = iteratorInput(stream, shardId, from, 'at')
    const reply = await kinesis.send(new GetShardIteratorCommand(input), { abortSignal: signal })
    const uncovered = coveredUntilMs !== undefined && !isCovered(coveredUntilMs, await retentionMs(), now())
    if (!expired) mustBeginWith = namesRecord(position) || uncovered ? position : undefined
    return reply.ShardIterator
  }

  function noteGap(first: StreamRecord | undefined, askedMs: number, retention: number, shardGone: boolean): void {
    if (isCovered(coveredUntilMs, retention, askedMs)) return
    const iso = (ms: number) => new Date(ms).toISOString()
    options.onGap({
      shardId,
      position,
      from: coveredUntilMs === undefined ? null : iso(coveredUntilMs),
      until: iso(first?.arrivedMs ?? askedMs - retention),
      firstSequenceNumber: first?.sequenceNumber ?? null,
      foundAt: iso(askedMs),
      shardGone,
    })
  }

  /** The records of a page that follow the last one that was read; notes it when they may not be the next ones. */
  async function behindTheLast(page: GetRecordsCommandOutput, askedMs: number): Promise<StreamRecord[]> {
    const records = recordsOf(shardId, page, now())
    if (mustBeginWith === undefined) return records
    const [first] = records
    if (first?.sequenceNumber === mustBeginWith) {
      mustBeginWith = undefined
      return records.slice(1)
    }
    const retention = await retentionMs()
    const behindMs = page.MillisBehindLatest ?? 0
    if (!first && behindMs > 0 && page.NextShardIterator) {
      // "It might take multiple calls to get to a portion of the shard that contains records" (API reference,
      // GetRecords). One of a record that expired was seen to get there never (harlow/kinesis-consumer#125).
      if (behindMs > retention - NEAR_RETENTION_MS) expired = true
      return records
    }
    noteGap(first, askedMs, retention, false)
    mustBeginWith = undefined
    expired = false
    return records
  }

  /** One read; the least time until the next one, ms. */
  async function readPage(calmUntilAt: number): Promise<number> {
    const wasExpired = expired
    iterator = await askIterator()
    const askedMs = now()
    const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 10_000 }), {
      abortSignal: signal,
    })
    const records = await behindTheLast(page, askedMs)
    for (const record of records) buffer.push(record)
    const last = records.at(-1)
    position = last?.sequenceNumber ?? position
    const behindMs = page.MillisBehindLatest ?? 0
    coveredUntilMs = behindMs === 0 ? askedMs : (last?.arrivedMs ?? coveredUntilMs)
    ended = page.NextShardIterator === undefined
    iterator = expired && !wasExpired ? undefined : page.NextShardIterator
    seen = { millisBehindLatest: behindMs, readAtMs: now() }
    options.onArrival()
    return behindMs > 0 && monotonic() > calmUntilAt ? 0 : READ_GAP_MS
  }

  async function run(): Promise<void> {
    let calmUntilAt = Number.NEGATIVE_INFINITY
    let waitMs = READ_GAP_MS
    while (!signal.aborted && !ended) {
      if (buffer.length >= options.maxBuffered) {
        await new Promise<void>(resolve => {
          room = resolve
        })
        continue
      }
      const startedAt = monotonic()
      try {
        const gapMs = await readPage(calmUntilAt)
        waitMs = READ_GAP_MS
        const pauseMs = gapMs - (monotonic() - startedAt)
        if (pauseMs > 0) await delay(pauseMs, undefined, { signal })
      } catch (error) {
        if (signal.aborted) return
        const name = (error as Error).name
        if (name === 'ExpiredIteratorException') {
          iterator = undefined
          continue
        }
        if (name === 'ResourceNotFoundException' && !(await options.isListed(shardId))) {
          noteGap(undefined, now(), await retentionMs(), true)
          seen = { millisBehindLatest: 0, readAtMs: now() }
          ended = true
          options.onArrival()
          return
        }
        if (!isTransient(error) && name !== 'ProvisionedThroughputExceededException') throw error
        if (name === 'ProvisionedThroughputExceededException') calmUntilAt = monotonic() + CALM_MS
        else iterator = undefined
        await delay(waitMs, undefined, { signal })
        waitMs = Math.min(MAX_WAIT_MS, waitMs * 2)
      }
    }
  }

  const running = run().catch(error => {
    if (!stopped.signal.aborted) failure = error
    options.onArrival()
  })
  return {
    shardId,
    get buffer() {
      return buffer
    },
    get ended() {
      return ended
    },
    get seen() {
      return seen
    },
    get coveredUntilMs() {
      return buffer[0]?.arrivedMs ?? coveredUntilMs
    },
    get failure() {
      return failure
    },
    take(count) {
      const taken = buffer.slice(0, count)
      buffer = buffer.slice(count)
      room()
      return taken
    },
    async stop() {
      stopped.abort()
      room()
      await running
    },
  }
}
