import { setTimeout as delay } from 'node:timers/promises'
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis'
import { isTransient } from '../patience.ts'
import type { StreamRecord } from './record.ts'

/** A shard gives five reads a second to all its readers together. */
const READ_GAP_MS = 205
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
  /** As in a ShardPosition, but never SHARD_END. */
  position: string
  maxBuffered: number
  now: () => number
  onArrival: () => void
}

/** How a position is asked for. */
export function iteratorInput(stream: string, shardId: string, position: string) {
  const base = { StreamName: stream, ShardId: shardId }
  if (position === 'TRIM_HORIZON') return { ...base, ShardIteratorType: 'TRIM_HORIZON' as const }
  if (position.startsWith('@'))
    return { ...base, ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(Number(position.slice(1))) }
  return { ...base, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: position }
}

export function startShardReader(options: ShardReaderOptions): ShardReader {
  const { kinesis, stream, shardId, now } = options
  const stopped = new AbortController()
  let buffer: StreamRecord[] = []
  let position = options.position
  let iterator: string | undefined
  let ended = false
  let seen: ShardReader['seen']
  let failure: unknown
  let room: () => void = () => undefined

  async function run(): Promise<void> {
    const { signal } = stopped
    let calmUntilMs = 0
    let waitMs = READ_GAP_MS
    while (!signal.aborted && !ended) {
      if (buffer.length >= options.maxBuffered) {
        await new Promise<void>(resolve => {
          room = resolve
        })
        continue
      }
      const startedMs = now()
      try {
        iterator ??= (
          await kinesis.send(new GetShardIteratorCommand(iteratorInput(stream, shardId, position)), { abortSignal: signal })
        ).ShardIterator
        const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 10_000 }), {
          abortSignal: signal,
        })
        for (const record of page.Records ?? []) {
          buffer.push({
            shardId,
            sequenceNumber: record.SequenceNumber ?? '',
            partitionKey: record.PartitionKey ?? '',
            arrivedMs: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
            data: record.Data ?? new Uint8Array(),
          })
        }
        position = page.Records?.at(-1)?.SequenceNumber ?? position
        iterator = page.NextShardIterator
        ended = iterator === undefined
        seen = { millisBehindLatest: page.MillisBehindLatest ?? 0, readAtMs: now() }
        waitMs = READ_GAP_MS
        options.onArrival()
        const behind = seen.millisBehindLatest > 0
        const pauseMs = behind && now() > calmUntilMs ? 0 : READ_GAP_MS - (now() - startedMs)
        if (pauseMs > 0) await delay(pauseMs, undefined, { signal })
      } catch (error) {
        if (signal.aborted) return
        const name = (error as Error).name
        if (name === 'ExpiredIteratorException') {
          iterator = undefined
          continue
        }
        if (!isTransient(error) && name !== 'ProvisionedThroughputExceededException') throw error
        if (name === 'ProvisionedThroughputExceededException') calmUntilMs = now() + CALM_MS
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
