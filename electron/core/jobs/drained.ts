import type { Clock } from '../clock/clock.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import { readStreamCounters } from '../sources/kinesis/counters.ts'
import { describeStream, isOpen } from '../sources/kinesis/describe-stream.ts'

/**
 * Of three reads of a shard that were told one after the other, the last was made after the first was seen, whatever
 * any clock says.
 */
const READS_THAT_PROVE = 3

export interface Drained {
  drained: boolean
  read: number
  received: number
}

/**
 * Whether the query has committed all that the stream received by the time that this was called. Two witnesses must
 * agree: the reader saw the tip of every open shard since then (and the end of every closed one), and the stream's own
 * count is not above the committed one. When it saw the tip is told by the clock of its machine, which may differ from
 * this one's, or be set: then several reads after each other tell the same.
 */
export function watchDrain(context: PipelineContext, clock: Clock): (signal: AbortSignal) => Promise<Drained> {
  const beganAt = clock.monotonic()
  const readsOfShard = new Map<string, Set<string>>()
  return async signal => {
    const { summary, shards } = await describeStream(context, signal)
    const sinceMs = clock.now() - (clock.monotonic() - beganAt)
    const counters = await readStreamCounters(context, clock, {
      since: summary.StreamCreationTimestamp ?? new Date(sinceMs),
      shardIds: [],
      signal,
    })
    const progress = await latestProgress(context, signal)
    const offset = progress?.sources[0]?.endOffset ?? {}
    const read = Object.values(offset).reduce((sum, position) => sum + position.records, 0)
    const atTheEnd = shards.map(shard => {
      const id = shard.ShardId ?? ''
      if (!isOpen(shard)) return offset[id]?.position === 'SHARD_END'
      const seen = progress?.sluice.shards[id]
      if (!seen) return false
      const reads = (readsOfShard.get(id) ?? new Set()).add(seen.readAt)
      readsOfShard.set(id, reads)
      return seen.millisBehindLatest === 0 && (Date.parse(seen.readAt) > sinceMs || reads.size >= READS_THAT_PROVE)
    })
    return {
      drained: atTheEnd.every(Boolean) && read >= counters.stream.records,
      read,
      received: counters.stream.records,
    }
  }
}
