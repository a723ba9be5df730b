import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { arnOf, findStream, type KinesisState, requireActive } from '../state.ts'
import type { Stream } from '../stream.ts'
import { maxRecordSize, SHARD_METRICS, streamReference } from './reference.ts'

const MAX_RETENTION_HOURS = 8_760
const MIN_RETENTION_HOURS = 24
const MAX_TAGS = 50

const retention = (name: string, direction: 'increase' | 'decrease'): JsonOperation<KinesisState> =>
  operation({
    name,
    input: z.object({ ...streamReference, RetentionPeriodHours: z.int() }),
    run(state: KinesisState, input) {
      const stream = findStream(state, input)
      requireActive(state, stream)
      const hours = input.RetentionPeriodHours
      const refuse = (why: string) => new AwsError('InvalidArgumentException', why)
      if (hours < MIN_RETENTION_HOURS)
        throw refuse(
          `Minimum allowed retention period is ${MIN_RETENTION_HOURS} hours. Requested retention period (${hours} hours) is too short.`,
        )
      if (hours > MAX_RETENTION_HOURS)
        throw refuse(
          `Maximum allowed retention period is ${MAX_RETENTION_HOURS} hours. Requested retention period (${hours} hours) is too long.`,
        )
      if (direction === 'increase' && hours < stream.retentionHours) {
        throw refuse(
          `Requested retention period (${hours} hours) for stream ${stream.name} can not be shorter than existing retention period (${stream.retentionHours} hours). Use DecreaseRetentionPeriod API.`,
        )
      }
      if (direction === 'decrease' && hours > stream.retentionHours) {
        throw refuse(
          `Requested retention period (${hours} hours) for stream ${stream.name} can not be longer than existing retention period (${stream.retentionHours} hours). Use IncreaseRetentionPeriod API.`,
        )
      }
      stream.retentionHours = hours
      state.save(stream)
    },
  })
export const increaseRetention = retention('IncreaseStreamRetentionPeriod', 'increase')
export const decreaseRetention = retention('DecreaseStreamRetentionPeriod', 'decrease')

const tags = z.record(z.string().min(1).max(128), z.string().max(256))

function addTags(state: KinesisState, stream: Stream, added: Record<string, string>): void {
  const next = { ...stream.tags, ...added }
  if (Object.keys(next).length > MAX_TAGS) {
    throw new AwsError(
      'InvalidArgumentException',
      `Failed to add tags to stream ${stream.name} under account ${state.options.account} because a given stream cannot have more than ${MAX_TAGS} tags associated with it.`,
    )
  }
  stream.tags = next
  state.save(stream)
}

function removeTags(state: KinesisState, stream: Stream, keys: readonly string[]): void {
  stream.tags = Object.fromEntries(Object.entries(stream.tags).filter(([key]) => !keys.includes(key)))
  state.save(stream)
}

const tagList = (stream: Stream) =>
  Object.entries(stream.tags)
    .sort()
    .map(([Key, Value]) => ({ Key, Value }))

export const addTagsToStream: JsonOperation<KinesisState> = operation({
  name: 'AddTagsToStream',
  input: z.object({ ...streamReference, Tags: tags }),
  run: (state: KinesisState, input) => addTags(state, findStream(state, input), input.Tags),
})

export const removeTagsFromStream: JsonOperation<KinesisState> = operation({
  name: 'RemoveTagsFromStream',
  input: z.object({ ...streamReference, TagKeys: z.array(z.string()).min(1).max(MAX_TAGS) }),
  run: (state: KinesisState, input) => removeTags(state, findStream(state, input), input.TagKeys),
})

export const listTagsForStream: JsonOperation<KinesisState> = operation({
  name: 'ListTagsForStream',
  input: z.object({
    ...streamReference,
    ExclusiveStartTagKey: z.string().optional(),
    Limit: z.int().min(1).max(MAX_TAGS).default(MAX_TAGS),
  }),
  run(state: KinesisState, { ExclusiveStartTagKey, Limit, ...reference }) {
    const found = tagList(findStream(state, reference)).filter(
      tag => ExclusiveStartTagKey === undefined || tag.Key > ExclusiveStartTagKey,
    )
    return { Tags: found.slice(0, Limit), HasMoreTags: found.length > Limit }
  },
})

const resource = { ResourceARN: z.string() }
export const tagResource: JsonOperation<KinesisState> = operation({
  name: 'TagResource',
  input: z.object({ ...resource, Tags: tags }),
  run: (state: KinesisState, input) => addTags(state, findStream(state, { StreamARN: input.ResourceARN }), input.Tags),
})
export const untagResource: JsonOperation<KinesisState> = operation({
  name: 'UntagResource',
  input: z.object({ ...resource, TagKeys: z.array(z.string()).min(1).max(MAX_TAGS) }),
  run: (state: KinesisState, input) =>
    removeTags(state, findStream(state, { StreamARN: input.ResourceARN }), input.TagKeys),
})
export const listTagsForResource: JsonOperation<KinesisState> = operation({
  name: 'ListTagsForResource',
  input: z.object(resource),
  run: (state: KinesisState, input) => ({ Tags: tagList(findStream(state, { StreamARN: input.ResourceARN })) }),
})

const encryptionInput = z.object({
  ...streamReference,
  EncryptionType: z.literal('KMS'),
  KeyId: z.string().min(1).max(2048),
})
export const startEncryption: JsonOperation<KinesisState> = operation({
  name: 'StartStreamEncryption',
  input: encryptionInput,
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    stream.encryption = { type: 'KMS', keyId: input.KeyId }
    state.settle(stream, 'UPDATING')
  },
})
export const stopEncryption: JsonOperation<KinesisState> = operation({
  name: 'StopStreamEncryption',
  input: encryptionInput,
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    stream.encryption = { type: 'NONE' }
    state.settle(stream, 'UPDATING')
  },
})

const monitoring = (
  name: string,
  change: (current: string[], named: string[]) => string[],
): JsonOperation<KinesisState> =>
  operation({
    name,
    input: z.object({ ...streamReference, ShardLevelMetrics: z.array(z.enum([...SHARD_METRICS, 'ALL'])).min(1) }),
    run(state: KinesisState, input) {
      const stream = findStream(state, input)
      const named: string[] = input.ShardLevelMetrics.includes('ALL') ? [...SHARD_METRICS] : input.ShardLevelMetrics
      const current = stream.shardMetrics
      stream.shardMetrics = change(current, named)
      state.save(stream)
      return {
        StreamName: stream.name,
        StreamARN: arnOf(state, stream.name),
        CurrentShardLevelMetrics: current,
        DesiredShardLevelMetrics: stream.shardMetrics,
      }
    },
  })
export const enableMonitoring = monitoring('EnableEnhancedMonitoring', (current, named) => [
  ...new Set([...current, ...named]),
])
export const disableMonitoring = monitoring('DisableEnhancedMonitoring', (current, named) =>
  current.filter(metric => !named.includes(metric)),
)

export const updateStreamMode: JsonOperation<KinesisState> = operation({
  name: 'UpdateStreamMode',
  input: z.object({
    StreamARN: z.string(),
    StreamModeDetails: z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) }),
  }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    stream.mode = input.StreamModeDetails.StreamMode
    state.settle(stream, 'UPDATING')
  },
})

export const updateMaxRecordSize: JsonOperation<KinesisState> = operation({
  name: 'UpdateMaxRecordSize',
  input: z.object({ ...streamReference, MaxRecordSizeInKiB: maxRecordSize }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    stream.maxRecordKiB = input.MaxRecordSizeInKiB
    state.settle(stream, 'UPDATING')
  },
})
