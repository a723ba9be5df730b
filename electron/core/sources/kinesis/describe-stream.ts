import {
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  type Shard,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis'
import type { PipelineContext } from '../../pipeline-context.ts'

export interface StreamState {
  summary: StreamDescriptionSummary
  /** Open and closed, as long as their records are kept. */
  shards: Shard[]
}

/** The pipeline's stream and all its shards. */
export async function describeStream({ aws, spec }: PipelineContext, signal?: AbortSignal): Promise<StreamState> {
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
