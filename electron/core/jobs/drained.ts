import type { Clock } from '../clock/clock.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { latestProgress } from '../query-state/job-progress.ts'
import { isDrained } from '../sources/drained.ts'
import type { StreamSource } from '../sources/source.ts'

/**
 * Of three reads of a partition that were reported one after the other, the last was made after the first was seen,
 * whatever any clock says.
 */
const READS_THAT_PROVE = 3

export interface Drained {
  drained: boolean
  read: number
  received: number
}

/**
 * Whether the query has committed all that the stream received by the time that this was called. Two witnesses must
 * agree: the reader saw the tip of every open partition since then (and the end of every closed one), and the stream's
 * own count is not above the committed one. When it saw the tip is by the clock of its machine, which may differ from
 * this one's, or be set: then several reads after each other say the same.
 */
export function watchDrain(
  context: PipelineContext,
  source: StreamSource,
  clock: Clock,
): (signal: AbortSignal) => Promise<Drained> {
  const beganAt = clock.monotonic()
  const readsOf = new Map<string, Set<string>>()
  return async signal => {
    const { createdMs, partitions } = await source.state(signal)
    const sinceMs = clock.now() - (clock.monotonic() - beganAt)
    const counters = await source.counters({
      since: new Date(createdMs ?? sinceMs),
      partitions: [],
      signal,
    })
    const progress = await latestProgress(context, signal)
    const offset = progress?.sources[0]?.endOffset ?? {}
    const read = Object.values(offset).reduce((sum, position) => sum + position.records, 0)
    const atTheEnd = partitions.map(({ id, open }) => {
      if (!open) return offset[id] !== undefined && isDrained(source.positions, offset[id])
      const seen = progress?.sluice.partitions[id]
      if (!seen) return false
      const reads = (readsOf.get(id) ?? new Set()).add(seen.readAt)
      readsOf.set(id, reads)
      return seen.millisBehindLatest === 0 && (Date.parse(seen.readAt) > sinceMs || reads.size >= READS_THAT_PROVE)
    })
    return {
      drained: atTheEnd.every(Boolean) && read >= counters.stream.records,
      read,
      received: counters.stream.records,
    }
  }
}
