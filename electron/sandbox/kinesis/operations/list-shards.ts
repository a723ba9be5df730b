import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { timestampInput } from '../../server/timestamp-input.ts'
import { shardShape } from '../describe.ts'
import { findStream, type KinesisState } from '../state.ts'
import type { Shard, Stream } from '../stream.ts'
import { streamReference } from '../stream-reference.ts'

const ShardFilter = z.object({
  Type: z.enum([
    'AFTER_SHARD_ID',
    'AT_TRIM_HORIZON',
    'FROM_TRIM_HORIZON',
    'AT_LATEST',
    'AT_TIMESTAMP',
    'FROM_TIMESTAMP',
  ]),
  ShardId: z.string().optional(),
  Timestamp: timestampInput.optional(),
})

/** A page's token is good for five minutes (API reference, ListShards). */
const TOKEN_EXPIRES_MS = 300_000

const Token = z.tuple([z.string(), z.string(), z.number(), ShardFilter.nullable()])

export const listShards: JsonOperation<KinesisState> = operation({
  name: 'ListShards',
  input: z.object({
    ...streamReference,
    NextToken: z.string().optional(),
    ExclusiveStartShardId: z.string().optional(),
    MaxResults: z.int().min(1).max(10_000).default(1_000),
    ShardFilter: ShardFilter.optional(),
    StreamCreationTimestamp: timestampInput.optional(),
  }),
  run(state: KinesisState, input) {
    const issuedMs = state.steady()
    const token = input.NextToken === undefined ? undefined : parseToken(input.NextToken, issuedMs)
    if (token && (input.StreamName !== undefined || input.StreamARN !== undefined)) {
      throw new AwsError('InvalidArgumentException', 'NextToken and StreamName cannot be provided together.')
    }
    const [name, after, , filter] = token ?? [undefined, input.ExclusiveStartShardId, 0, input.ShardFilter ?? null]
    const stream = findStream(state, name === undefined ? input : { StreamName: name })
    const shards = stream.shards.filter(
      shard => (after === undefined || shard.id > after) && matches(shard, filter, stream, state.ageing()),
    )
    const page = shards.slice(0, input.MaxResults)
    const more = shards.length > page.length
    return {
      Shards: page.map(shardShape),
      ...(more && {
        NextToken: Buffer.from(JSON.stringify([stream.name, page.at(-1)?.id, issuedMs, filter])).toString('base64'),
      }),
    }
  },
})

function parseToken(text: string, nowMs: number): z.output<typeof Token> {
  let token: z.output<typeof Token>
  try {
    token = Token.parse(JSON.parse(Buffer.from(text, 'base64').toString('utf8')))
  } catch (cause) {
    throw new AwsError(
      'InvalidArgumentException',
      `NextToken is not one of this operation: ${String(cause).slice(0, 80)}`,
    )
  }
  if (nowMs - token[2] > TOKEN_EXPIRES_MS) throw new AwsError('ExpiredNextTokenException', 'NextToken expired.')
  return token
}

/** Which shards a filter means (API reference, ShardFilter): those that were open at a time, or from a time on. */
function matches(shard: Shard, filter: z.output<typeof ShardFilter> | null, stream: Stream, nowMs: number): boolean {
  const horizon = nowMs - stream.retentionHours * 3_600_000
  const openAt = (atMs: number) => shard.createdMs <= atMs && (shard.closedMs === undefined || shard.closedMs > atMs)
  switch (filter?.Type) {
    case undefined:
      return true
    case 'AFTER_SHARD_ID':
      return filter?.ShardId === undefined || shard.id > filter.ShardId
    case 'AT_LATEST':
      return shard.closedMs === undefined
    case 'AT_TRIM_HORIZON':
      return openAt(Math.max(horizon, stream.createdMs))
    case 'FROM_TRIM_HORIZON':
      return shard.closedMs === undefined || shard.closedMs > horizon
    case 'AT_TIMESTAMP':
      return openAt(filter?.Timestamp ?? nowMs)
    default:
      return shard.closedMs === undefined || shard.closedMs > (filter?.Timestamp ?? nowMs)
  }
}
