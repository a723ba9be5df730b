import { describeStream, isOpen } from '../aws/describe-stream.ts'
import { latestProgress } from '../aws/job-progress.ts'
import { readStreamCounters } from '../aws/stream-counters.ts'
import type { Clock, PipelineContext } from '../pipeline-context.ts'

/**
 * Whether the query has committed all that the stream received. Two witnesses must agree: the reader saw the tip of every open shard after
 * `sinceMs` (and the end of every closed one), and the stream's own count is not above the committed one.
 */
export async function drained(
  context: PipelineContext,
  clock: Clock,
  sinceMs: number,
  signal: AbortSignal,
): Promise<{ drained: boolean; read: number; received: number }> {
  const { summary, shards } = await describeStream(context, signal)
  const counters = await readStreamCounters(context, clock, {
    since: summary.StreamCreationTimestamp ?? new Date(sinceMs),
    shardIds: [],
    signal,
  })
  const progress = await latestProgress(context, signal)
  const offset = progress?.sources[0]?.endOffset ?? {}
  const read = Object.values(offset).reduce((sum, position) => sum + position.records, 0)
  const atTheEnd = shards.every(shard => {
    const id = shard.ShardId ?? ''
    if (!isOpen(shard)) return offset[id]?.position === 'SHARD_END'
    const seen = progress?.sluice.shards[id]
    return seen?.millisBehindLatest === 0 && Date.parse(seen.readAt) > sinceMs
  })
  return { drained: atTheEnd && read >= counters.stream.records, read, received: counters.stream.records }
}
