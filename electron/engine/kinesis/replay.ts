import { setTimeout as delay } from 'node:timers/promises'
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis'
import type { PartitionPosition } from '../../../shared/job/progress.ts'
import { patiently } from '../patience.ts'
import type { StreamRecord } from '../source.ts'
import { recordsOf } from './record.ts'
import { iteratorInput } from './shard-iterator.ts'
import { READ_GAP_MS } from './shard-read.ts'

/**
 * The records between two positions of a shard. They are immutable, so a count and the last number say whether they are
 * the same.
 */
export async function readExactly(
  { kinesis, stream, now }: { kinesis: KinesisClient; stream: string; now: () => number },
  shardId: string,
  from: PartitionPosition | undefined,
  to: PartitionPosition,
): Promise<StreamRecord[]> {
  const records: StreamRecord[] = []
  const wanted = to.records - (from?.records ?? 0)
  if (wanted <= 0) return records
  const start = from?.lastOffset ?? from?.position ?? 'TRIM_HORIZON'
  let iterator = (
    await patiently(() => kinesis.send(new GetShardIteratorCommand(iteratorInput(stream, shardId, start, 'after'))))
  ).ShardIterator
  while (iterator && records.length < wanted) {
    const at = iterator
    const page = await patiently(() =>
      kinesis.send(new GetRecordsCommand({ ShardIterator: at, Limit: Math.min(10_000, wanted - records.length) })),
    )
    records.push(...recordsOf(shardId, page, now()))
    iterator = page.NextShardIterator
    if (page.Records?.length === 0 && page.MillisBehindLatest === 0) break
    if (records.length < wanted) await delay(READ_GAP_MS)
  }
  if (records.length !== wanted || records.at(-1)?.offset !== to.lastOffset) {
    throw new Error(
      `${shardId}: the batch to be replayed has ${wanted} records up to ${to.lastOffset}; ` +
        `${records.length} are there. Has retention removed them?`,
    )
  }
  return records
}
