import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  EnableEnhancedMonitoringCommand,
  IncreaseStreamRetentionPeriodCommand,
  ListTagsForStreamCommand,
  StartStreamEncryptionCommand,
  type StreamDescriptionSummary,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from '@aws-sdk/client-kinesis'
import { PRICES } from '../../../../shared/pricing.ts'
import { PIPELINE_TAG } from '../../clusters/find-cluster.ts'
import { isNotFound } from '../../errors/expected-error.ts'
import type { PipelineContext } from '../../pipeline-context.ts'
import { describeStream, isOpen } from '../../sources/kinesis/describe-stream.ts'
import { pollUntil } from '../../targets/polls.ts'
import { type Difference, NOT_SET, type Resource } from '../resource.ts'

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
export function streamResource(context: PipelineContext, shards: number): Resource {
  const { aws, spec } = context
  const StreamName = spec.source.stream
  const { kinesis } = aws
  const hours = spec.source.retentionHours

  async function* active(signal: AbortSignal): AsyncGenerator<string> {
    yield 'waiting for ACTIVE'
    const look = () => describeStream(context, signal)
    await pollUntil(context.polls.start('stream'), look, ({ summary }) => summary.StreamStatus === 'ACTIVE', signal)
  }

  async function* scaleTo(open: number, signal: AbortSignal): AsyncGenerator<string> {
    for (let now = open; now !== shards; ) {
      // One call at most doubles or halves.
      const next = Math.min(now * 2, Math.max(Math.ceil(now / 2), shards))
      yield `from ${now} to ${next} shards`
      await kinesis.send(
        new UpdateShardCountCommand({ StreamName, TargetShardCount: next, ScalingType: 'UNIFORM_SCALING' }),
        { abortSignal: signal },
      )
      yield* active(signal)
      now = next
    }
  }

  async function* bringTo(members: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
    const abortSignal = signal
    const { summary, shards: there } = await describeStream(context, signal)
    if (members.includes('mode')) {
      yield* active(signal)
      yield 'switching to provisioned shards'
      await kinesis.send(
        new UpdateStreamModeCommand({
          StreamARN: summary.StreamARN,
          StreamModeDetails: { StreamMode: 'PROVISIONED' },
        }),
        { abortSignal },
      )
      yield* active(signal)
    }
    if (members.includes('shards')) {
      yield* active(signal)
      yield* scaleTo(there.filter(isOpen).length, signal)
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
    if (members.includes(PIPELINE_TAG))
      await kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags: { [PIPELINE_TAG]: spec.id } }), { abortSignal })
  }

  /** What each member's change calls, beside looking at the stream. */
  const changing: Record<string, string> = {
    mode: 'kinesis:UpdateStreamMode',
    shards: 'kinesis:UpdateShardCount',
    shardMetrics: 'kinesis:EnableEnhancedMonitoring',
    encryption: 'kinesis:StartStreamEncryption',
    [PIPELINE_TAG]: 'kinesis:AddTagsToStream',
  }
  const looking = ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:ListTagsForStream']
  return {
    id: `stream:${StreamName}`,
    kind: 'stream',
    name: StreamName,
    dependsOn: [],
    must: {
      mode: 'PROVISIONED',
      shards: String(shards),
      retention: `${hours} h`,
      shardMetrics: 'on',
      encryption: `KMS ${KEY}`,
      [PIPELINE_TAG]: spec.id,
    },
    costPerHour: { amount: shards * PRICES.kinesisShard.perHour, currency: 'USD', source: PRICES.kinesisShard.source },
    permissions: {
      create: [
        'kinesis:CreateStream',
        ...looking,
        ...(hours > 24 ? ['kinesis:IncreaseStreamRetentionPeriod'] : []),
        'kinesis:EnableEnhancedMonitoring',
        'kinesis:StartStreamEncryption',
        'kinesis:AddTagsToStream',
      ],
      change: differences => [
        ...looking,
        ...differences.flatMap(entry => {
          if (entry.member !== 'retention') return changing[entry.member] ?? []
          return isShorter(entry) ? 'kinesis:DecreaseStreamRetentionPeriod' : 'kinesis:IncreaseStreamRetentionPeriod'
        }),
      ],
      destroy: ['kinesis:DeleteStream', 'kinesis:DescribeStreamSummary'],
    },
    async read(signal) {
      try {
        const { summary, shards: there } = await describeStream(context, signal)
        const { Tags = [] } = await kinesis.send(new ListTagsForStreamCommand({ StreamName }), { abortSignal: signal })
        const metrics = new Set(summary.EnhancedMonitoring?.flatMap(entry => entry.ShardLevelMetrics ?? []))
        return {
          mode: summary.StreamModeDetails?.StreamMode ?? 'PROVISIONED',
          shards: String(there.filter(isOpen).length),
          retention: `${summary.RetentionPeriodHours} h`,
          shardMetrics: metrics.has('ALL') || SHARD_METRICS.every(metric => metrics.has(metric)) ? 'on' : 'off',
          encryption: encryptionOf(summary),
          [PIPELINE_TAG]: Tags.find(tag => tag.Key === PIPELINE_TAG)?.Value ?? NOT_SET,
        }
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    async remedy(differences) {
      // API reference, DecreaseStreamRetentionPeriod.
      const lost = `Records older than ${hours} h can no longer be read: a job that is further behind loses them.`
      return { action: 'change', effects: differences.some(isShorter) ? [lost] : [] }
    },
    async *create(signal) {
      await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: shards }), { abortSignal: signal })
      yield* active(signal)
      yield* bringTo(['retention', 'shardMetrics', 'encryption', PIPELINE_TAG], signal)
    },
    change: (differing, signal) => bringTo(differing, signal),
    async *destroy(signal) {
      await kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }), {
        abortSignal: signal,
      })
      yield 'waiting until it is gone'
      await pollUntil(
        context.polls.start('stream'),
        () => this.read(signal),
        found => found === undefined,
        signal,
      )
    },
  }
}

const isShorter = ({ member, is, must }: Difference): boolean =>
  member === 'retention' && Number.parseInt(must, 10) < Number.parseInt(is, 10)

/** A key that was named by its alias may be told by the alias's ARN. */
const encryptionOf = ({ EncryptionType = 'NONE', KeyId = '' }: StreamDescriptionSummary): string =>
  EncryptionType === 'KMS' ? `KMS ${KeyId.endsWith(`:${KEY}`) ? KEY : KeyId}` : EncryptionType
