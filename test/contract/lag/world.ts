import { CreateStreamCommand, EnableEnhancedMonitoringCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { expect, vi } from 'vitest'
import { describeStream } from '../../../electron/core/sources/kinesis/describe-stream.ts'
import type { QueryProgress, SourceOffset } from '../../../shared/job/progress.ts'
import { bucketName } from '../../../shared/pipelines/pipeline.ts'
import type { Result } from '../../../shared/rpc/contract.ts'
import { openCoreHere, SCOPE, value } from '../../fixture/open-core.ts'
import { progressOf } from '../../fixture/progress-of.ts'
import { waiting } from '../../fixture/waiting.ts'

/** A record as the test sent it, and as the stream took it. */
export interface Sent {
  offset: string
  arrivedMs: number
  bytes: number
}

type SentByShard = ReadonlyMap<string, readonly Sent[]>

/**
 * A sandbox and a core on one clock that the test moves, with a stream and no job: the test writes what a job would.
 */
export async function openWorld(shards: number, { limits = false } = {}) {
  const clock = { nowMs: Date.UTC(2026, 10, 20, 12) }
  const now = () => clock.nowMs
  const { core, aws, spec, target, context, close } = await openCoreHere({
    now,
    limits,
    clock: {
      now,
      monotonic: now,
      // What waits lets the clock go on by as much.
      sleep: async ms => {
        clock.nowMs += ms
      },
    },
    random: () => 0.5,
  })
  const { lag } = core
  const StreamName = spec.source.stream
  const Bucket = bucketName(spec.buckets.streaming, target)
  await aws.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: shards }))
  await aws.s3.send(new CreateBucketCommand({ Bucket }))
  const active = () =>
    vi.waitFor(async () => {
      const { summary } = await describeStream(context)
      expect(summary.StreamStatus).toBe('ACTIVE')
    }, waiting)
  await active()
  await aws.kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['ALL'] }))
  const sent = new Map<string, Sent[]>()

  return {
    clock,
    aws,
    lag,
    sent,
    stream: StreamName,
    bucket: Bucket,
    streaming: spec.buckets.streaming.prefixes,
    query: spec.job.query,
    active,
    /**
     * Puts records at the time it is, spread over the open shards by their keys; each is a little longer than the one
     * before.
     */
    async put(count: number): Promise<void> {
      const Records = Array.from({ length: count }, (_, index) => ({
        PartitionKey: `order ${clock.nowMs} ${index}`,
        Data: Buffer.from('x'.repeat(20 + (index % 7))),
      }))
      const answer = await aws.kinesis.send(new PutRecordsCommand({ StreamName, Records }))
      expect(answer.FailedRecordCount).toBe(0)
      answer.Records?.forEach(({ ShardId = '', SequenceNumber = '' }, index) => {
        const record = Records[index]
        const bytes = (record?.Data.length ?? 0) + Buffer.byteLength(record?.PartitionKey ?? '')
        sent.set(ShardId, [...(sent.get(ShardId) ?? []), { offset: SequenceNumber, arrivedMs: clock.nowMs, bytes }])
      })
    },
    /** The offset of a query that has committed so many records of each shard. */
    offsetAt: (committed: Record<string, number | 'SHARD_END'>): SourceOffset => offsetAt(sent, committed),
    /** Writes the newest progress, as the query does at the end of a trigger. */
    async publish(progress: QueryProgress): Promise<void> {
      const Key = `${spec.buckets.streaming.prefixes.progress}${spec.job.query}/latest.json`
      await aws.s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(progress) }))
    },
    /**
     * The query ends a trigger now: it has committed some records of each shard, and its reader has read more of them.
     */
    async trigger(committed: Record<string, number | 'SHARD_END'>, read: Record<string, number>): Promise<void> {
      const end = offsetAt(sent, committed)
      const partitions = readShards(sent, end, read, clock.nowMs)
      await this.publish(progressOf({ end, partitions, rows: 10, endedMs: clock.nowMs }))
    },
    /** What is true of a shard of which so many records are committed. */
    truth(partitionId: string, committed: number) {
      const waiting = (sent.get(partitionId) ?? []).slice(committed)
      return {
        partitionId,
        behindRecords: waiting.length,
        behindBytes: waiting.reduce((sum, record) => sum + record.bytes, 0),
        behindMs: waiting[0] ? clock.nowMs - waiting[0].arrivedMs : 0,
      }
    },
    async now() {
      return value(await lag.now(SCOPE))
    },
    close,
  }
}
/** The offset of a query that has committed so many records of each shard. */
const offsetAt = (sent: SentByShard, committed: Record<string, number | 'SHARD_END'>): SourceOffset =>
  Object.fromEntries(
    Object.entries(committed).map(([partitionId, how]) => {
      const all = sent.get(partitionId) ?? []
      const records = how === 'SHARD_END' ? all.length : how
      const last = all[records - 1]?.offset
      return [
        partitionId,
        {
          position: how === 'SHARD_END' ? how : (last ?? 'TRIM_HORIZON'),
          records,
          bytes: all.slice(0, records).reduce((sum, record) => sum + record.bytes, 0),
          ...(last && { lastOffset: last }),
        },
      ]
    }),
  )

/** What a reader says that has read so many records of each shard. */
const readShards = (
  sent: SentByShard,
  end: SourceOffset,
  read: Record<string, number>,
  nowMs: number,
): QueryProgress['sluice']['partitions'] =>
  Object.fromEntries(
    Object.entries(read).map(([partitionId, count]) => {
      const all = sent.get(partitionId) ?? []
      const next = all[count]
      const waiting = all.slice(end[partitionId]?.records ?? 0, count)[0]
      return [
        partitionId,
        {
          millisBehindLatest: next ? nowMs - next.arrivedMs : 0,
          readAt: new Date(nowMs).toISOString(),
          oldestWaitingAt: waiting ? new Date(waiting.arrivedMs).toISOString() : null,
        },
      ]
    }),
  )

export type World = Awaited<ReturnType<typeof openWorld>>

/** The first item of a stream. */
export async function firstOf<T>(results: AsyncIterable<Result<T>>): Promise<T> {
  for await (const result of results) return value(result)
  throw new Error('The stream ended without an item')
}
