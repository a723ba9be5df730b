import { setTimeout as delay } from 'node:timers/promises'
import { isTransient } from '../patience.ts'
import type { StreamRecord } from '../source.ts'
import { createByteBudget } from './byte-budget.ts'
import { noteGap, READ_GAP_MS, readPage, type ShardRead, type ShardReaderOptions } from './shard-read.ts'

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

export function startShardReader(options: ShardReaderOptions): ShardReader {
  const stopped = new AbortController()
  let failure: unknown
  const shard: ShardRead = {
    ...options,
    coveredUntilMs: options.position.startsWith('@')
      ? Math.max(Number(options.position.slice(1)), options.coveredUntilMs ?? 0)
      : options.coveredUntilMs,
    signal: stopped.signal,
    buffer: [],
    budget: createByteBudget(options.maxBufferedBytes),
    iterator: undefined,
    mustBeginWith: undefined,
    expired: false,
    ended: false,
    seen: undefined,
    calmUntilAt: Number.NEGATIVE_INFINITY,
    backoffMs: READ_GAP_MS,
    room: () => undefined,
  }
  const running = run(shard).catch(error => {
    if (!stopped.signal.aborted) failure = error
    shard.onArrival()
  })
  return {
    shardId: shard.shardId,
    get buffer() {
      return shard.buffer
    },
    get ended() {
      return shard.ended
    },
    get seen() {
      return shard.seen
    },
    get coveredUntilMs() {
      return shard.buffer[0]?.arrivedMs ?? shard.coveredUntilMs
    },
    get failure() {
      return failure
    },
    take(count) {
      const taken = shard.buffer.slice(0, count)
      shard.buffer = shard.buffer.slice(count)
      shard.budget.taken(taken)
      shard.room()
      return taken
    },
    async stop() {
      stopped.abort()
      shard.room()
      await running
    },
  }
}

async function run(shard: ShardRead): Promise<void> {
  while (!shard.signal.aborted && !shard.ended) {
    if (shard.buffer.length >= shard.maxBuffered || shard.budget.limit() === 0) {
      await new Promise<void>(resolve => {
        shard.room = resolve
      })
      continue
    }
    const startedAt = shard.monotonic()
    try {
      const gapMs = await readPage(shard)
      shard.backoffMs = READ_GAP_MS
      const pauseMs = gapMs - (shard.monotonic() - startedAt)
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal: shard.signal })
    } catch (error) {
      if (shard.signal.aborted) return
      await recover(shard, error)
    }
  }
}

/** Prepares the next read after one that failed. @throws what no further read can mend */
async function recover(shard: ShardRead, error: unknown): Promise<void> {
  const { name } = error as Error
  if (name === 'ExpiredIteratorException') {
    shard.iterator = undefined
    return
  }
  if (name === 'ResourceNotFoundException' && !(await shard.isListed(shard.shardId))) {
    noteGap(shard, undefined, shard.now(), await shard.retentionMs(), true)
    shard.seen = { millisBehindLatest: 0, readAtMs: shard.now() }
    shard.ended = true
    shard.onArrival()
    return
  }
  const isThrottled = name === 'ProvisionedThroughputExceededException'
  if (!isTransient(error) && !isThrottled) throw error
  if (isThrottled) shard.calmUntilAt = shard.monotonic() + CALM_MS
  else shard.iterator = undefined
  await delay(shard.backoffMs, undefined, { signal: shard.signal })
  shard.backoffMs = Math.min(MAX_WAIT_MS, shard.backoffMs * 2)
}
