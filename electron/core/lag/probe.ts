import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis'
import type { ConsumerPosition, Probe, ProbedShard } from '../../../shared/features/other-consumer.ts'
import { SHARD_LIMITS } from '../../../shared/kinesis-limits.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { readCheckpointAt } from '../query-state/committed-checkpoint.ts'
import { describeStream } from '../sources/kinesis/describe-stream.ts'
import { type ReadBudget, shardPlace } from '../sources/read-budget.ts'

/** So many shards are read at once. */
const AT_ONCE = 4
/** An iterator is good for five minutes (API reference, GetShardIterator); it is asked for again before. */
const ITERATOR_HOLDS_MS = 240_000

interface Asked {
  position: ConsumerPosition
  everyMs: number
  agreed: boolean
}
/** Where the consumer stands on one shard, as a `ShardPosition` says it. */
interface Place {
  shardId: string
  position: string
}

/**
 * The lag at a consumer's position, as a reader would have it that stood there: of each shard one record is read, again
 * and again, within the budget that the record viewer shares.
 * @throws ExpectedError `conflict` on an AWS account that nobody agreed to be read from, `not_found` for a checkpoint
 * or a shard that is not there
 */
export async function* probes(
  context: PipelineContext,
  deps: { clock: Clock; budget: ReadBudget },
  asked: Asked,
  signal: AbortSignal,
): AsyncGenerator<Probe> {
  const { clock, budget } = deps
  if (context.target.kind === 'aws' && !asked.agreed) {
    throw new ExpectedError({
      code: 'conflict',
      message: `A probe reads from the shards of ${context.spec.source.stream} on ${context.target.title}: up to one of the five reads a second that each gives to all its readers.`,
      hint: 'Agree to it, and start it again.',
      retryable: false,
    })
  }
  const iterators = new Map<string, { iterator: string; askedMs: number }>()
  let readBytes = 0

  async function probe({ shardId, position }: Place): Promise<ProbedShard> {
    if (position === 'SHARD_END') return ended(shardId, position, clock.now())
    const iterator = await iteratorAt(shardId, position)
    await budget.take(shardPlace(context, shardId), signal)
    const page = await context.aws.kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 1 }), {
      abortSignal: signal,
    })
    const nowMs = clock.now()
    const record = page.Records?.[0]
    const millisBehindLatest = page.MillisBehindLatest ?? 0
    readBytes += record ? (record.Data?.length ?? 0) + Buffer.byteLength(record.PartitionKey ?? '') : 0
    const oldestMs = record?.ApproximateArrivalTimestamp?.getTime()
    return {
      shardId,
      position,
      // A stretch of a shard may be empty though more comes behind it: then only GetRecords knows how far that is.
      behindMs: oldestMs === undefined ? millisBehindLatest : Math.max(0, nowMs - oldestMs),
      millisBehindLatest,
      oldestUnreadAt: oldestMs === undefined ? null : new Date(oldestMs).toISOString(),
      ended: !record && page.NextShardIterator === undefined,
      at: new Date(nowMs).toISOString(),
    }
  }

  /** The iterator stays where it is: every look reads the same place again. */
  async function iteratorAt(shardId: string, position: string): Promise<string> {
    const key = `${shardId}/${position}`
    const known = iterators.get(key)
    if (known && clock.monotonic() - known.askedMs < ITERATOR_HOLDS_MS) return known.iterator
    const { ShardIterator } = await context.aws.kinesis.send(
      new GetShardIteratorCommand({ StreamName: context.spec.source.stream, ShardId: shardId, ...startOf(position) }),
      { abortSignal: signal },
    )
    if (!ShardIterator) throw new Error(`GetShardIterator of ${shardId} came back empty`)
    for (const stale of [...iterators.keys()].filter(entry => entry.startsWith(`${shardId}/`))) iterators.delete(stale)
    iterators.set(key, { iterator: ShardIterator, askedMs: clock.monotonic() })
    return ShardIterator
  }

  while (!signal.aborted) {
    const places = await placesOf(context, asked.position, signal)
    const shards: ProbedShard[] = []
    const failed: Probe['failed'] = []
    for (let first = 0; first < places.length; first += AT_ONCE) {
      const some = places.slice(first, first + AT_ONCE)
      const results = await Promise.allSettled(some.map(probe))
      signal.throwIfAborted()
      results.forEach((result, index) => {
        if (result.status === 'fulfilled') shards.push(result.value)
        else failed.push({ shardId: some[index]?.shardId ?? '', message: (result.reason as Error).message })
      })
    }
    const reads = Math.max(0, ...places.map(({ shardId }) => budget.taken(shardPlace(context, shardId))))
    const at = new Date(clock.now()).toISOString()
    yield {
      at,
      shards,
      failed,
      behindMs: shards.length > 0 ? Math.max(...shards.map(shard => shard.behindMs)) : null,
      cost: { readsLastMinute: reads, shareOfReads: reads / (60 * SHARD_LIMITS.readsPerSecond), readBytes },
      source: { name: 'probe: GetRecords of one record at the position', estimated: false, at },
    }
    await clock.sleep(asked.everyMs, signal)
  }
}

const ended = (shardId: string, position: string, atMs: number): ProbedShard => ({
  shardId,
  position,
  behindMs: 0,
  millisBehindLatest: 0,
  oldestUnreadAt: null,
  ended: true,
  at: new Date(atMs).toISOString(),
})

/** Where the consumer stands, on every shard that it may still have to read of. */
async function placesOf(context: PipelineContext, position: ConsumerPosition, signal: AbortSignal): Promise<Place[]> {
  if (position.kind === 'sequence') return [{ shardId: position.shardId, position: position.sequenceNumber }]
  const { shards } = await describeStream(context, signal)
  const shardIds = shards.flatMap(shard => shard.ShardId ?? [])
  if (position.kind === 'time') return shardIds.map(shardId => ({ shardId, position: `@${Date.parse(position.at)}` }))
  const checkpoint = await otherCheckpoint(context, position.folder, signal)
  // A shard that the checkpoint does not know is one that it has not begun: a child whose parents it still reads.
  return shardIds.map(shardId => ({ shardId, position: checkpoint[shardId]?.position ?? 'TRIM_HORIZON' }))
}

async function otherCheckpoint(context: PipelineContext, folder: string, signal: AbortSignal) {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(folder) ?? []
  const found = await readCheckpointAt(context.aws, bucket, prefix.endsWith('/') ? prefix : `${prefix}/`, signal)
  if (found) return found.offset
  throw new ExpectedError({
    code: 'not_found',
    message: `There is no committed batch below ${folder}.`,
    hint: 'Name the folder that holds "offsets" and "commits".',
    retryable: true,
  })
}

function startOf(position: string) {
  if (position === 'TRIM_HORIZON') return { ShardIteratorType: 'TRIM_HORIZON' as const }
  if (position.startsWith('@'))
    return { ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(Number(position.slice(1))) }
  return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: position }
}
