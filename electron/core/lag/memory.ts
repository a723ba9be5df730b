import type { QueryProgress, RetentionGap } from '../../../shared/job/progress.ts'
import type { Received } from '../sources/received.ts'
import { createObservedCounts, type ObservedCounts } from './observed-counts.ts'
import { BY_THE_MINUTE, createTrends, PROMPT } from './trend.ts'

/** CloudWatch publishes what a stream received within some minutes: a count that was the same for longer is whole. */
const ESTIMATED_SETTLED_MS = 300_000

const KEPT_GAPS = 20

/** What was observed of one stream, reading after reading. */
export interface Memory {
  observed: ObservedCounts
  trends: ReturnType<typeof createTrends>
  /** By partition: what was counted and the query will never commit; see `LagInputs`. */
  never: ReadonlyMap<string, Received>
  /** Retention gaps that the reader reported, newest first. A progress has only those found before its batch. */
  gaps: readonly RetentionGap[]
  observe(seen: {
    nowMs: number
    received: ReadonlyMap<string, Received>
    progress: QueryProgress | undefined
    estimated: boolean
  }): void
}

export function createMemory(estimated: boolean): Memory {
  const observed = createObservedCounts()
  const never = new Map<string, Received>()
  const gaps: RetentionGap[] = []
  return {
    gaps,
    observed,
    trends: createTrends(estimated ? BY_THE_MINUTE : PROMPT),
    never,
    /**
     * A reader that saw the tip of a partition and holds nothing has committed all that it ever will of what came
     * before. What the stream counted more by then was never read: it came before the query began, or was lost.
     */
    observe({ nowMs, received, progress, estimated }) {
      for (const gap of progress?.sluice.retentionGaps ?? []) {
        if (gaps.some(known => known.partitionId === gap.partitionId && known.foundAt === gap.foundAt)) continue
        gaps.unshift(gap)
        gaps.length = Math.min(gaps.length, KEPT_GAPS)
      }
      for (const [partitionId, count] of received) {
        observed.add(partitionId, nowMs, count)
        const reader = progress?.sluice.partitions[partitionId]
        const position = progress?.sources[0]?.endOffset[partitionId]
        if (!reader || !position || reader.millisBehindLatest > 0 || reader.oldestWaitingAt !== null) continue
        const then = observed.countAt(partitionId, Date.parse(reader.readAt), estimated ? ESTIMATED_SETTLED_MS : 0)
        if (then)
          never.set(partitionId, { records: then.records - position.records, bytes: then.bytes - position.bytes })
      }
    },
  }
}
