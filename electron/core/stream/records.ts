import { isUtf8 } from 'node:buffer'
import { type _Record, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis'
import type { RecordsFrom, RecordsPage, StreamRecord } from '../../../shared/features/stream.ts'
import { deaggregate } from '../../../shared/job/deaggregate.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { type ReadBudget, shardPlace } from '../sources/read-budget.ts'

/**
 * Looks at the records of one shard, within the budget: one GetRecords, or none when an iterator is all that is needed
 * first.
 */
export async function readRecords(
  context: PipelineContext,
  clock: Clock,
  budget: ReadBudget,
  asked: { shardId: string; from: RecordsFrom; limit: number },
  signal: AbortSignal,
): Promise<RecordsPage> {
  const { aws, spec } = context
  const options = { abortSignal: signal }
  const { shardId, from, limit } = asked
  const iterator =
    from.kind === 'next'
      ? from.iterator
      : (
          await aws.kinesis.send(
            new GetShardIteratorCommand({ StreamName: spec.source.stream, ShardId: shardId, ...iteratorOf(from) }),
            options,
          )
        ).ShardIterator
  const place = shardPlace(context, shardId)
  await budget.take(place, signal)
  try {
    const page = await aws.kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }), options)
    return {
      records: (page.Records ?? []).map(shownRecord),
      next: page.NextShardIterator ?? null,
      millisBehindLatest: page.MillisBehindLatest ?? 0,
      readsLastMinute: budget.taken(place),
      at: new Date(clock.now()).toISOString(),
    }
  } catch (error) {
    if ((error as Error).name !== 'ExpiredIteratorException') throw error
    throw new ExpectedError(
      {
        code: 'conflict',
        message: 'The place in the shard was kept for five minutes and is forgotten now.',
        hint: 'Read again from a time or from the last sequence number.',
        retryable: false,
      },
      { cause: error },
    )
  }
}

/** A record as it is shown: an aggregate comes apart as the job takes it apart, and a damaged one is what it is. */
export function shownRecord(record: _Record): StreamRecord {
  const data = Buffer.from(record.Data ?? [])
  const users = deaggregate(data)
  const parts = users?.map(user => Buffer.from(user.data)) ?? [data]
  const encoding = parts.every(part => isUtf8(part)) ? 'utf8' : 'base64'
  return {
    sequenceNumber: record.SequenceNumber ?? '',
    partitionKey: record.PartitionKey ?? '',
    arrivedAt: (record.ApproximateArrivalTimestamp ?? new Date(0)).toISOString(),
    text: parts.map(part => part.toString(encoding)).join('\n'),
    encoding,
    aggregateOf: users?.length ?? null,
    sizeBytes: data.length + Buffer.byteLength(record.PartitionKey ?? ''),
  }
}

function iteratorOf(from: Exclude<RecordsFrom, { kind: 'next' }>) {
  switch (from.kind) {
    case 'oldest':
      return { ShardIteratorType: 'TRIM_HORIZON' as const }
    case 'newest':
      return { ShardIteratorType: 'LATEST' as const }
    case 'time':
      return { ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(from.at) }
    case 'sequence':
      return { ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const, StartingSequenceNumber: from.sequenceNumber }
    case 'after':
      return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: from.sequenceNumber }
  }
}
