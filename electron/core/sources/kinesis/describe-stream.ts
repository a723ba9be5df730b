import {
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  type Shard,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis'
import type { PipelineContext } from '../../pipeline-context.ts'

export interface StreamDescription {
  summary: StreamDescriptionSummary
  /** Open and closed, as long as their records are kept. */
  shards: Shard[]
}

/** The pipeline's stream and all its shards. */
export async function describeStream({ aws, spec }: PipelineContext, signal?: AbortSignal): Promise<StreamDescription> {
  const options = signal ? { abortSignal: signal } : {}
  const { StreamDescriptionSummary: summary } = await aws.kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName: spec.source.stream }),
    options,
  )
  if (!summary) throw new Error(`DescribeStreamSummary of ${spec.source.stream} came back empty`)
  const shards: Shard[] = []
  let token: string | undefined
  do {
    const page = await aws.kinesis.send(
      new ListShardsCommand(token ? { NextToken: token } : { StreamName: spec.source.stream }),
      options,
    )
    shards.push(...(page.Shards ?? []))
    token = page.NextToken
  } while (token)
  return { summary, shards }
}

/** A closed shard takes no more records; its range of sequence numbers has an end. */
export const isOpen = (shard: Shard): boolean => shard.SequenceNumberRange?.EndingSequenceNumber === undefined

/** The shards that were open at a time; ListShards says it of every time within the retention. */
export async function shardsOpenAt(
  { aws, spec }: PipelineContext,
  ms: number,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let token: string | undefined
  do {
    const page = await aws.kinesis.send(
      new ListShardsCommand(
        token
          ? { NextToken: token }
          : { StreamName: spec.source.stream, ShardFilter: { Type: 'AT_TIMESTAMP', Timestamp: new Date(ms) } },
      ),
      { abortSignal: signal },
    )
    for (const { ShardId } of page.Shards ?? []) if (ShardId) found.add(ShardId)
    token = page.NextToken
  } while (token)
  return found
}
