import {
  type _Record,
  GetRecordsCommand,
  GetShardIteratorCommand,
  PutRecordsCommand,
  type PutRecordsResultEntry,
} from '@aws-sdk/client-kinesis'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { AwsClients } from '../../targets/clients.ts'
import type { Cursor, PutOutcome, ReadFrom, RecordPage, StoredRecord } from '../source.ts'
import { iteratorBehind } from './positions.ts'

/** An iterator before the record that is wanted next. */
export async function openShard(
  { aws, spec }: PipelineContext,
  shardId: string,
  from: ReadFrom,
  signal: AbortSignal,
): Promise<Cursor> {
  const { ShardIterator } = await aws.kinesis.send(
    new GetShardIteratorCommand({ StreamName: spec.source.stream, ShardId: shardId, ...iteratorOf(from) }),
    { abortSignal: signal },
  )
  if (!ShardIterator) throw new Error(`GetShardIterator of ${shardId} came back empty`)
  return ShardIterator as Cursor
}

function iteratorOf(from: ReadFrom) {
  if (from.kind === 'newest') return { ShardIteratorType: 'LATEST' as const }
  if (from.kind === 'position') return iteratorBehind(from.position)
  const ShardIteratorType = from.kind === 'at' ? ('AT_SEQUENCE_NUMBER' as const) : ('AFTER_SEQUENCE_NUMBER' as const)
  return { ShardIteratorType, StartingSequenceNumber: from.offset }
}

/**
 * One GetRecords by a client. @throws ExpectedError `conflict` when the iterator is older than the five minutes that it
 * is kept
 */
export async function readShard(
  kinesis: AwsClients['kinesis'],
  cursor: Cursor,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<RecordPage> {
  try {
    const page = await kinesis.send(
      new GetRecordsCommand({ ShardIterator: cursor, ...(limit !== undefined && { Limit: limit }) }),
      { abortSignal: signal },
    )
    return {
      records: (page.Records ?? []).map(storedRecord),
      next: page.NextShardIterator as Cursor | undefined,
      behindMs: page.MillisBehindLatest ?? 0,
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

const storedRecord = (record: _Record): StoredRecord => ({
  offset: record.SequenceNumber ?? '',
  key: record.PartitionKey ?? '',
  data: record.Data ?? new Uint8Array(),
  arrivedMs: record.ApproximateArrivalTimestamp?.getTime(),
})

/** One read of one record, which is asked for by its own sequence number. */
export async function readRecordAt(
  context: PipelineContext,
  shardId: string,
  sequenceNumber: string,
  signal: AbortSignal,
): Promise<StoredRecord | undefined> {
  try {
    const cursor = await openShard(context, shardId, { kind: 'at', offset: sequenceNumber }, signal)
    const [record] = (await readShard(context.aws.kinesis, cursor, 1, signal)).records
    return record?.offset === sequenceNumber ? record : undefined
  } catch (error) {
    // A shard that the stream has forgotten, or a number before its oldest record.
    if (['ResourceNotFoundException', 'InvalidArgumentException'].includes((error as Error).name)) return undefined
    throw error
  }
}

/** One PutRecords that the SDK does not repeat: an answer that got lost is the caller's to find out about. */
export async function putRecords(
  { aws, spec }: PipelineContext,
  records: readonly { key: string; data: Uint8Array }[],
  signal: AbortSignal,
): Promise<PutOutcome[]> {
  const { Records = [] } = await aws.kinesisOnce.send(
    new PutRecordsCommand({
      StreamName: spec.source.stream,
      Records: records.map(({ key, data }) => ({ PartitionKey: key, Data: data })),
    }),
    { abortSignal: signal },
  )
  return records.map((_, index) => outcomeOf(Records[index]))
}

const outcomeOf = (answer: PutRecordsResultEntry | undefined): PutOutcome =>
  answer?.SequenceNumber !== undefined && answer.ShardId !== undefined
    ? { partition: answer.ShardId, offset: answer.SequenceNumber }
    : { refused: answer?.ErrorMessage, isInternal: answer?.ErrorCode === 'InternalFailure' }
