import { type HashKeyRange, UpdateShardCountCommand } from '@aws-sdk/client-kinesis'
import { deaggregate } from '../../../../shared/job/deaggregate.ts'
import type { Clock } from '../../clock/clock.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import type { Received, StreamCounters } from '../received.ts'
import type { Partition, SourceOf, StreamState } from '../source.ts'
import { readStreamCounters } from './counters.ts'
import { describeStream, isOpen, type StreamDescription, shardsOpenAt } from './describe-stream.ts'
import { readIteratorAge } from './iterator-age.ts'
import { createMetricCalls } from './metric-calls.ts'
import { kinesisPositions } from './positions.ts'
import { openShard, putRecords, readRecordAt, readShard } from './records.ts'
import { createSnapshots } from './snapshots.ts'
import { createThrottledReads } from './throttled-reads.ts'
import { KINESIS_LIMITS, KINESIS_WORDS, KINESIS_WRITE_LIMITS } from './words.ts'

/** Streams of Amazon Kinesis Data Streams. What is remembered of a stream is shared by all who ask for it. */
export function createKinesisSources(clock: Clock): SourceOf {
  const readMetrics = createMetricCalls(clock)
  const deps = { clock, readMetrics }
  const snapshots = createSnapshots(clock, readMetrics)
  const throttledReads = createThrottledReads(clock, readMetrics)
  return context => ({
    name: context.spec.source.stream,
    words: KINESIS_WORDS,
    limits: KINESIS_LIMITS,
    writeLimits: KINESIS_WRITE_LIMITS,
    positions: kinesisPositions,
    pricedAs: { kind: 'kinesis-shard' },
    jobArguments: { stream: context.spec.source.stream, startingPosition: 'TRIM_HORIZON' },
    state: async signal => stateOf(await describeStream(context, signal)),
    async snapshot(signal) {
      const seen = await snapshots(context, signal)
      return {
        ...stateOf(seen),
        since: seen.since,
        counters: seen.counters,
        received: countsByShard(seen, seen.counters),
      }
    },
    counters: ({ partitions, ...request }) => readStreamCounters(context, deps, { ...request, shardIds: partitions }),
    openAt: (ms, signal) => shardsOpenAt(context, ms, signal),
    open: (partition, from, signal) => openShard(context, partition, from, signal),
    read: (cursor, limit, signal) => readShard(context.aws.kinesisOnce, cursor, limit, signal),
    recordAt: (partition, offset, signal) => readRecordAt(context, partition, offset, signal),
    unpack: data => deaggregate(Buffer.from(data))?.map(user => user.data),
    put: (records, signal) => putRecords(context, records, signal),
    repartition: { bounds: shardBounds, begin: (count, signal) => updateShardCount(context, count, signal) },
    throttledReads: signal => throttledReads(context, signal),
    readerAges: signal => readIteratorAge(context, deps, signal),
  })
}

function stateOf({ summary, shards }: StreamDescription): StreamState {
  const hours = summary.RetentionPeriodHours
  return {
    address: summary.StreamARN ?? '',
    status: summary.StreamStatus ?? 'UNKNOWN',
    isReady: summary.StreamStatus === 'ACTIVE',
    mode: summary.StreamModeDetails?.StreamMode ?? 'PROVISIONED',
    createdMs: summary.StreamCreationTimestamp?.getTime(),
    retentionMs: hours === undefined ? undefined : hours * 3_600_000,
    partitions: shards.flatMap((shard): Partition[] =>
      shard.ShardId
        ? [
            {
              id: shard.ShardId,
              parents: [shard.ParentShardId, shard.AdjacentParentShardId].flatMap(parent => parent ?? []),
              open: isOpen(shard),
              ...(shard.HashKeyRange && { keys: keysOf(shard.HashKeyRange) }),
            },
          ]
        : [],
    ),
  }
}

/** What the contract of the console takes at most. */
const MOST_SHARDS = 500

const KEY_SPACE = 2n ** 128n

/** Hashes are 128-bit numbers, as decimal text. */
const keysOf = ({ StartingHashKey: start = '0', EndingHashKey: end = '0' }: HashKeyRange): Partition['keys'] => ({
  share: Number(((BigInt(end) - BigInt(start) + 1n) * 10_000n) / KEY_SPACE) / 10_000,
  range: `hash keys ${start} to ${end}`,
})

/**
 * The count of each shard. Without enhanced monitoring there is none, and the metrics of a shard answer with nothing at
 * all, as those of a shard do that received nothing: so a stream of one shard is counted as a whole, and of others
 * nothing is known.
 */
function countsByShard(
  { summary, shards }: StreamDescription,
  counters: StreamCounters,
): ReadonlyMap<string, Received> {
  const metrics = new Set<string>(summary.EnhancedMonitoring?.flatMap(entry => entry.ShardLevelMetrics ?? []))
  if (['IncomingRecords', 'IncomingBytes'].every(metric => metrics.has(metric) || metrics.has('ALL')))
    return counters.partitions
  const [only, ...others] = shards
  return only?.ShardId && others.length === 0 ? new Map([[only.ShardId, counters.stream]]) : new Map()
}

/** UpdateShardCount refuses more than double and less than half (API reference). */
const shardBounds = (open: number) => ({ least: Math.ceil(open / 2), most: Math.min(MOST_SHARDS, open * 2) })

async function updateShardCount({ aws, spec }: PipelineContext, count: number, signal: AbortSignal): Promise<void> {
  await aws.kinesis.send(
    new UpdateShardCountCommand({
      StreamName: spec.source.stream,
      TargetShardCount: count,
      ScalingType: 'UNIFORM_SCALING',
    }),
    { abortSignal: signal },
  )
}
