import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { stepsToEven } from '../hash-space.ts'
import { arnOf, findShard, findStream, type KinesisState, requireActive } from '../state.ts'
import { newestArrival, type Shard, type Stream, sortOpen } from '../stream.ts'
import { streamReference } from './reference.ts'

export const splitShard: JsonOperation<KinesisState> = operation({
  name: 'SplitShard',
  input: z.object({
    ...streamReference,
    ShardToSplit: z.string(),
    NewStartingHashKey: z.string().regex(/^(0|[1-9]\d{0,38})$/),
  }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    requireProvisioned(state, stream, 'SplitShard')
    const shard = openShard(state, stream, input.ShardToSplit)
    const at = BigInt(input.NewStartingHashKey)
    if (at <= shard.start + 1n || at >= shard.end) {
      throw new AwsError(
        'InvalidArgumentException',
        `NewStartingHashKey ${at} used in SplitShard() on shard ${shard.id} in stream ${stream.name} under account ${state.options.account} is not both greater than one plus the shard's StartingHashKey ${shard.start} and less than the shard's EndingHashKey ${shard.end}.`,
      )
    }
    split(state, stream, shard, at)
    state.settle(stream, 'UPDATING')
  },
})

export const mergeShards: JsonOperation<KinesisState> = operation({
  name: 'MergeShards',
  input: z.object({ ...streamReference, ShardToMerge: z.string(), AdjacentShardToMerge: z.string() }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    requireProvisioned(state, stream, 'MergeShards')
    const one = openShard(state, stream, input.ShardToMerge)
    const other = openShard(state, stream, input.AdjacentShardToMerge)
    if (one.end + 1n !== other.start && other.end + 1n !== one.start) {
      throw new AwsError(
        'InvalidArgumentException',
        `Shards ${one.id} and ${other.id} in stream ${stream.name} under account ${state.options.account} are not an adjacent pair of shards eligible for merging`,
      )
    }
    merge(state, stream, one, other)
    state.settle(stream, 'UPDATING')
  },
})

export const updateShardCount: JsonOperation<KinesisState> = operation({
  name: 'UpdateShardCount',
  input: z.object({ ...streamReference, TargetShardCount: z.int().min(1), ScalingType: z.literal('UNIFORM_SCALING') }),
  run(state: KinesisState, input) {
    const stream = findStream(state, input)
    requireActive(state, stream)
    requireProvisioned(state, stream, 'UpdateShardCount')
    const current = stream.open.length
    const target = input.TargetShardCount
    // API reference, UpdateShardCount: not more than double, not below half (rounded up as half of an odd count).
    if (target > current * 2) {
      throw new AwsError(
        'InvalidArgumentException',
        `UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: ${current} Target shard count: ${target}`,
      )
    }
    if (target < current / 2) {
      throw new AwsError(
        'InvalidArgumentException',
        `UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: ${current} Target shard count: ${target}`,
      )
    }
    const byStart = (start: bigint): Shard => {
      const found = stream.open.find(shard => shard.start === start)
      if (!found) throw new Error(`No open shard starts at ${start}`)
      return found
    }
    for (const step of stepsToEven(stream.open, target)) {
      if (step.kind === 'split') split(state, stream, byStart(step.start), step.at)
      else merge(state, stream, byStart(step.start), byStart(step.nextStart))
    }
    state.settle(stream, 'UPDATING')
    return {
      StreamName: stream.name,
      StreamARN: arnOf(state, stream.name),
      CurrentShardCount: current,
      TargetShardCount: target,
    }
  },
})

/**
 * On-demand streams reshard by themselves (API reference: "only supported for the data streams with the provisioned
 * capacity mode").
 */
function requireProvisioned(state: KinesisState, stream: Stream, operationName: string): void {
  if (stream.mode === 'PROVISIONED') return
  throw new AwsError(
    'ValidationException',
    `Request is invalid. Stream ${stream.name} under account ${state.options.account} is in On-Demand mode, which ${operationName} does not support.`,
  )
}

/** A shard that still takes records. */
function openShard(state: KinesisState, stream: Stream, shardId: string): Shard {
  const shard = findShard(state, stream, shardId)
  if (shard.closedMs === undefined) return shard
  throw new AwsError(
    'InvalidArgumentException',
    `Shard ${shard.id} in stream ${stream.name} under account ${state.options.account} has already been merged or split, and thus is not eligible for merging or splitting.`,
  )
}

function split(state: KinesisState, stream: Stream, shard: Shard, at: bigint): void {
  close(state, stream, shard)
  state.addShard(stream, { start: shard.start, end: at - 1n }, { parent: shard.id })
  state.addShard(stream, { start: at, end: shard.end }, { parent: shard.id })
}

function merge(state: KinesisState, stream: Stream, one: Shard, other: Shard): void {
  close(state, stream, one)
  close(state, stream, other)
  const [low, high] = one.start < other.start ? [one, other] : [other, one]
  state.addShard(stream, { start: low.start, end: high.end }, { parent: one.id, adjacentParent: other.id })
}

function close(state: KinesisState, stream: Stream, shard: Shard): void {
  // Not before what it received, whatever the clock does: retention counts from then.
  shard.closedMs = Math.max(state.options.now(), newestArrival(shard))
  stream.open = sortOpen(stream.shards)
}
