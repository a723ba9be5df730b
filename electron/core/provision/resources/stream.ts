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
import { type Difference, type Members, NOT_SET, type Resource } from '../resource.ts'

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
  const { spec } = context
  const { kinesis } = context.aws
  const StreamName = spec.source.stream
  const hours = spec.source.retentionHours
  const wanted = { StreamName, shards, hours, pipeline: spec.id }
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
      read: READING,
      create: [
        'kinesis:CreateStream',
        ...WAITING,
        ...(hours > 24 ? ['kinesis:IncreaseStreamRetentionPeriod'] : []),
        'kinesis:EnableEnhancedMonitoring',
        'kinesis:StartStreamEncryption',
        'kinesis:AddTagsToStream',
      ],
      change: differences => [
        ...WAITING,
        ...differences.flatMap(entry => {
          if (entry.member !== 'retention') return CHANGING[entry.member] ?? []
          return isShorter(entry) ? 'kinesis:DecreaseStreamRetentionPeriod' : 'kinesis:IncreaseStreamRetentionPeriod'
        }),
      ],
      destroy: ['kinesis:DeleteStream', ...READING],
    },
    read: signal => readMembers(context, StreamName, signal),
    async remedy(differences) {
      // API reference, DecreaseStreamRetentionPeriod.
      const lost = `Records older than ${hours} h can no longer be read: a job that is further behind loses them.`
      return { action: 'change', effects: differences.some(isShorter) ? [lost] : [] }
    },
    async *create(signal) {
      await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: shards }), { abortSignal: signal })
      yield* active(context, signal)
      yield* bringTo(context, wanted, ['retention', 'shardMetrics', 'encryption', PIPELINE_TAG], signal)
    },
    change: (differing, signal) => bringTo(context, wanted, differing, signal),
    async *destroy(signal) {
      await kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }), {
        abortSignal: signal,
      })
      yield 'waiting until it is gone'
      const read = () => readMembers(context, StreamName, signal)
      await pollUntil(context.polls.start('stream'), read, found => found === undefined, signal)
    },
  }
}

const WAITING = ['kinesis:DescribeStreamSummary', 'kinesis:ListShards']
const READING = [...WAITING, 'kinesis:ListTagsForStream']
/** What each member's change calls, beside reading the stream; retention depends on its direction. */
const CHANGING: Record<string, string> = {
  mode: 'kinesis:UpdateStreamMode',
  shards: 'kinesis:UpdateShardCount',
  shardMetrics: 'kinesis:EnableEnhancedMonitoring',
  encryption: 'kinesis:StartStreamEncryption',
  [PIPELINE_TAG]: 'kinesis:AddTagsToStream',
}

async function readMembers(
  context: PipelineContext,
  StreamName: string,
  abortSignal: AbortSignal,
): Promise<Members | undefined> {
  try {
    const { summary, shards } = await describeStream(context, abortSignal)
    const { Tags = [] } = await context.aws.kinesis.send(new ListTagsForStreamCommand({ StreamName }), { abortSignal })
    const metrics = new Set(summary.EnhancedMonitoring?.flatMap(entry => entry.ShardLevelMetrics ?? []))
    return {
      mode: summary.StreamModeDetails?.StreamMode ?? 'PROVISIONED',
      shards: String(shards.filter(isOpen).length),
      retention: `${summary.RetentionPeriodHours} h`,
      shardMetrics: metrics.has('ALL') || SHARD_METRICS.every(metric => metrics.has(metric)) ? 'on' : 'off',
      encryption: encryptionOf(summary),
      [PIPELINE_TAG]: Tags.find(tag => tag.Key === PIPELINE_TAG)?.Value ?? NOT_SET,
    }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function* active(context: PipelineContext, signal: AbortSignal): AsyncGenerator<string> {
  yield 'waiting for ACTIVE'
  const read = () => describeStream(context, signal)
  await pollUntil(context.polls.start('stream'), read, ({ summary }) => summary.StreamStatus === 'ACTIVE', signal)
}

/** What the stream is brought to. */
interface Wanted {
  StreamName: string
  shards: number
  hours: number
  pipeline: string
}

async function* scaleFrom(
  open: number,
  context: PipelineContext,
  { StreamName, shards }: Wanted,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (let now = open; now !== shards; ) {
    // One call at most doubles or halves.
    const next = Math.min(now * 2, Math.max(Math.ceil(now / 2), shards))
    yield `from ${now} to ${next} shards`
    await context.aws.kinesis.send(
      new UpdateShardCountCommand({ StreamName, TargetShardCount: next, ScalingType: 'UNIFORM_SCALING' }),
      { abortSignal: signal },
    )
    yield* active(context, signal)
    now = next
  }
}

async function* bringTo(
  context: PipelineContext,
  wanted: Wanted,
  members: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const abortSignal = signal
  const { kinesis } = context.aws
  const { StreamName, hours } = wanted
  const { summary, shards: there } = await describeStream(context, signal)
  if (members.includes('mode')) {
    yield* active(context, signal)
    yield 'switching to provisioned shards'
    const mode = { StreamARN: summary.StreamARN, StreamModeDetails: { StreamMode: 'PROVISIONED' as const } }
    await kinesis.send(new UpdateStreamModeCommand(mode), { abortSignal })
    yield* active(context, signal)
  }
  if (members.includes('shards')) {
    yield* active(context, signal)
    yield* scaleFrom(there.filter(isOpen).length, context, wanted, signal)
  }
  if (members.includes('retention') && summary.RetentionPeriodHours !== hours) {
    const Change =
      hours > (summary.RetentionPeriodHours ?? 24)
        ? IncreaseStreamRetentionPeriodCommand
        : DecreaseStreamRetentionPeriodCommand
    yield `keeping records for ${hours} h`
    await kinesis.send(new Change({ StreamName, RetentionPeriodHours: hours }), { abortSignal })
    yield* active(context, signal)
  }
  if (members.includes('shardMetrics'))
    await kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: [...SHARD_METRICS] }), {
      abortSignal,
    })
  if (members.includes('encryption')) {
    yield* active(context, signal)
    yield `encrypting with ${KEY}`
    await kinesis.send(new StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId: KEY }), {
      abortSignal,
    })
    yield* active(context, signal)
  }
  if (members.includes(PIPELINE_TAG)) {
    const Tags = { [PIPELINE_TAG]: wanted.pipeline }
    await kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags }), { abortSignal })
  }
}

const isShorter = ({ member, is, must }: Difference): boolean =>
  member === 'retention' && Number.parseInt(must, 10) < Number.parseInt(is, 10)

/** A key that was named by its alias may be returned as the alias's ARN. */
const encryptionOf = ({ EncryptionType = 'NONE', KeyId = '' }: StreamDescriptionSummary): string =>
  EncryptionType === 'KMS' ? `KMS ${KeyId.endsWith(`:${KEY}`) ? KEY : KeyId}` : EncryptionType
