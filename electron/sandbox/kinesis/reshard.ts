import { AwsError } from '../server/aws-error.ts'
import { findShard, type KinesisState } from './state.ts'
import { newestArrival, type Shard, type Stream, sortOpen } from './stream.ts'

/**
 * On-demand streams reshard by themselves (API reference: "only supported for the data streams with the provisioned
 * capacity mode").
 */
export function requireProvisioned(state: KinesisState, stream: Stream, operationName: string): void {
  if (stream.mode === 'PROVISIONED') return
  throw new AwsError(
    'ValidationException',
    `Request is invalid. Stream ${stream.name} under account ${state.options.account} is in On-Demand mode, ` +
      `which ${operationName} does not support.`,
  )
}

/** A shard that still takes records. */
export function openShardOf(state: KinesisState, stream: Stream, shardId: string): Shard {
  const shard = findShard(state, stream, shardId)
  if (shard.closedMs === undefined) return shard
  throw new AwsError(
    'InvalidArgumentException',
    `Shard ${shard.id} in stream ${stream.name} under account ${state.options.account} has already been merged ` +
      'or split, and thus is not eligible for merging or splitting.',
  )
}

/** Two shards in the place of one. */
export function split(state: KinesisState, stream: Stream, shard: Shard, at: bigint): void {
  close(state, stream, shard)
  state.addShard(stream, { start: shard.start, end: at - 1n }, { parent: shard.id })
  state.addShard(stream, { start: at, end: shard.end }, { parent: shard.id })
}

/** One shard in the place of two neighbours. */
export function merge(state: KinesisState, stream: Stream, one: Shard, other: Shard): void {
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
