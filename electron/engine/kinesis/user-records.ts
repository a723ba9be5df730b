import { createHash } from 'node:crypto'
import type { Shard } from '@aws-sdk/client-kinesis'
import { deaggregate, type UserRecord } from '../../../shared/job/deaggregate.ts'
import type { StreamRecord, UserRecords } from '../source.ts'
import { readSpans } from './read-spans.ts'

/** What Kinesis takes as an explicit hash key: a decimal number below 2^128, without leading zeros. */
const HASH_KEY = /^(0|[1-9][0-9]{0,38})$/

/**
 * The user records of records of the stream, in their order: the aggregates among them come apart. After a resharding
 * an aggregate may lie in a shard that its keys do not belong to. It is kept and counted as misplaced, as on Spark
 * (deaggregate.py says why); of a shard that the stream does not list any more (it is not in `shards`), nothing is
 * misplaced.
 */
export function userRecords(records: readonly StreamRecord[], shards: ReadonlyMap<string, Shard>): UserRecords {
  const out: StreamRecord[] = []
  let misplaced = 0
  for (const record of records) {
    const users = deaggregate(record.data)
    if (!users) {
      out.push(record)
      continue
    }
    for (const { partitionKey, data } of users) out.push({ ...record, partitionKey, data })
    const shard = shards.get(record.partitionId)
    if (shard && !users.every(user => belongs(user, shard))) misplaced++
  }
  return { records: out, sourceRecords: records.length, misplaced, reads: readSpans(records) }
}

function belongs({ partitionKey, explicitHashKey }: UserRecord, { HashKeyRange: range }: Shard): boolean {
  if (explicitHashKey !== undefined && !HASH_KEY.test(explicitHashKey)) return false
  const key = BigInt(explicitHashKey ?? `0x${createHash('md5').update(partitionKey).digest('hex')}`)
  return BigInt(range?.StartingHashKey ?? 0) <= key && key <= BigInt(range?.EndingHashKey ?? 0)
}
