import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  EnableEnhancedMonitoringCommand,
  IncreaseStreamRetentionPeriodCommand,
  StartStreamEncryptionCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { PRICES } from '../../../../shared/pricing.ts'
import type { Clock } from '../../clock/clock.ts'
import { PIPELINE_TAG } from '../../clusters/find-cluster.ts'
import { isNotFound } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { describeStream, isOpen } from '../../sources/kinesis/describe-stream.ts'
import type { Resource } from '../resource.ts'

const POLL_MS = 200
const SHARD_METRICS = [
  'IncomingBytes',
  'IncomingRecords',
  'IteratorAgeMilliseconds',
  'WriteProvisionedThroughputExceeded',
] as const
const KEY = 'alias/aws/kinesis'

/**
 * The pipeline's stream: its shards, retention, encryption, and the metrics by shard from which lag in records is
 * known.
 */
export function streamResource(context: PipelineContext, clock: Clock, shards: number): Resource {
  const { aws, spec } = context
  const StreamName = spec.source.stream
  const { kinesis } = aws
  const hours = spec.source.retentionHours

  async function* active(signal: AbortSignal): AsyncGenerator<string> {
    yield 'waiting for ACTIVE'
    while ((await describeStream(context, signal)).summary.StreamStatus !== 'ACTIVE') await clock.sleep(POLL_MS, signal)
  }

  async function* bringTo(members: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
    const abortSignal = signal
    const { summary, shards: there } = await describeStream(context, signal)
    if (members.includes('shards')) {
      yield* active(signal)
      for (let open = there.filter(isOpen).length; open !== shards; ) {
        // One call at most doubles or halves.
        const next = Math.min(open * 2, Math.max(Math.ceil(open / 2), shards))
        yield `from ${open} to ${next} shards`
        await kinesis.send(
          new UpdateShardCountCommand({ StreamName, TargetShardCount: next, ScalingType: 'UNIFORM_SCALING' }),
          {
            abortSignal,
          },
        )
        yield* active(signal)
        open = next
      }
    }
    if (members.includes('retention') && summary.RetentionPeriodHours !== hours) {
      const Change =
        hours > (summary.RetentionPeriodHours ?? 24)
          ? IncreaseStreamRetentionPeriodCommand
          : DecreaseStreamRetentionPeriodCommand
      yield `keeping records for ${hours} h`
      await kinesis.send(new Change({ StreamName, RetentionPeriodHours: hours }), { abortSignal })
      yield* active(signal)
    }
    if (members.includes('shardMetrics'))
      await kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: [...SHARD_METRICS] }), {
        abortSignal,
      })
    if (members.includes('encryption')) {
      yield* active(signal)
      yield `encrypting with ${KEY}`
      await kinesis.send(new StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId: KEY }), {
        abortSignal,
      })
      yield* active(signal)
    }
    await kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags: { [PIPELINE_TAG]: spec.id } }), { abortSignal })
  }

  const configuring = [
    'kinesis:DescribeStreamSummary',
    'kinesis:ListShards',
    'kinesis:UpdateShardCount',
    'kinesis:IncreaseStreamRetentionPeriod',
    'kinesis:EnableEnhancedMonitoring',
    'kinesis:StartStreamEncryption',
    'kinesis:AddTagsToStream',
  ]
  return {
    id: `stream:${StreamName}`,
    kind: 'stream',
    name: StreamName,
    dependsOn: [],
    must: { shards: String(shards), retention: `${hours} h`, shardMetrics: 'on', encryption: 'KMS' },
    costPerHour: { amount: shards * PRICES.kinesisShard.perHour, currency: 'USD', source: PRICES.kinesisShard.source },
    permissions: {
      create: ['kinesis:CreateStream', ...configuring],
      change: configuring,
      destroy: ['kinesis:DeleteStream', 'kinesis:DescribeStreamSummary'],
    },
    async read(signal) {
      try {
        const { summary, shards: there } = await describeStream(context, signal)
        const metrics = new Set(summary.EnhancedMonitoring?.flatMap(entry => entry.ShardLevelMetrics ?? []))
        return {
          shards: String(there.filter(isOpen).length),
          retention: `${summary.RetentionPeriodHours} h`,
          shardMetrics: SHARD_METRICS.every(metric => metrics.has(metric)) ? 'on' : 'off',
          encryption: summary.EncryptionType ?? 'NONE',
        }
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    async *create(signal) {
      await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: shards }), { abortSignal: signal })
      yield* active(signal)
      yield* bringTo(['retention', 'shardMetrics', 'encryption'], signal)
    },
    change: (differing, signal) => bringTo(differing, signal),
    async *destroy(signal) {
      await kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }), {
        abortSignal: signal,
      })
      yield 'waiting until it is gone'
      while (await this.read(signal)) await clock.sleep(POLL_MS, signal)
    },
  }
}
