import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis'
import type { Clock } from '../clock/clock.ts'
import { toAppError } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'

/** A record that was sent in a request without an answer. */
export interface Sought {
  id: number
  partitionKey: string
  data: Uint8Array
}

/** Arrival times are the server's: what was sent then may have arrived a little before, by its clock. */
const CLOCK_MARGIN_MS = 5_000
const READ_GAP_MS = 220

const contentOf = (partitionKey: string, data: Uint8Array): string =>
  `${partitionKey}\n${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')}`

/**
 * Which of the sought records are in the stream: by their very bytes, not counting records whose sequence number
 * another answer named. Each record of the stream accounts for one sought record. Reads every shard from `sinceMs` to
 * its tip, within the pace of five reads a second.
 */
export async function lookUp(
  context: PipelineContext,
  clock: Clock,
  sought: readonly Sought[],
  isKnown: (place: string) => boolean,
  sinceMs: number,
  signal: AbortSignal,
): Promise<{ found: number[]; missing: number[]; sequenceNumbers: string[] }> {
  const open = new Map<string, number[]>()
  for (const { id, partitionKey, data } of sought) {
    const content = contentOf(partitionKey, data)
    open.set(content, [...(open.get(content) ?? []), id])
  }
  const found: number[] = []
  const sequenceNumbers: string[] = []
  for (const shard of await listShards(context, signal)) {
    const shardId = shard.ShardId ?? ''
    for await (const record of readFrom(context, clock, shardId, sinceMs - CLOCK_MARGIN_MS, signal)) {
      const place = `${shardId}/${record.sequenceNumber}`
      if (isKnown(place)) continue
      const id = open.get(contentOf(record.partitionKey, record.data))?.shift()
      if (id === undefined) continue
      found.push(id)
      sequenceNumbers.push(place)
    }
  }
  return { found, missing: [...open.values()].flat(), sequenceNumbers }
}

async function listShards({ aws, spec }: PipelineContext, signal: AbortSignal): Promise<Shard[]> {
  const shards: Shard[] = []
  let token: string | undefined
  do {
    const page = await aws.kinesis.send(
      new ListShardsCommand(token ? { NextToken: token } : { StreamName: spec.source.stream }),
      { abortSignal: signal },
    )
    shards.push(...(page.Shards ?? []))
    token = page.NextToken
  } while (token)
  return shards
}

async function* readFrom(
  { aws, spec }: PipelineContext,
  clock: Clock,
  shardId: string,
  sinceMs: number,
  signal: AbortSignal,
) {
  const start = {
    StreamName: spec.source.stream,
    ShardId: shardId,
    ShardIteratorType: 'AT_TIMESTAMP' as const,
    Timestamp: new Date(sinceMs),
  }
  let iterator = (await aws.kinesis.send(new GetShardIteratorCommand(start), { abortSignal: signal })).ShardIterator
  while (iterator) {
    try {
      const page = await aws.kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }), { abortSignal: signal })
      for (const record of page.Records ?? []) {
        yield {
          sequenceNumber: record.SequenceNumber ?? '',
          partitionKey: record.PartitionKey ?? '',
          data: record.Data ?? new Uint8Array(),
        }
      }
      if (page.MillisBehindLatest === 0 && (page.Records?.length ?? 0) === 0) return
      iterator = page.NextShardIterator
    } catch (error) {
      if (toAppError(error).code !== 'throttled') throw error
    }
    await clock.sleep(READ_GAP_MS, signal)
  }
}
