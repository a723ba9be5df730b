import type { ReadSpan } from '../../../shared/job/progress.ts'
import { MOST_READ_SPANS } from '../../../shared/job/progress.ts'
import type { StreamRecord } from '../source.ts'

/**
 * When the reader had the records of a batch, by shard: a span a page of GetRecords, or one for several pages when
 * there are more than the progress has room for. The records of a shard are in their order.
 */
export function readSpans(records: readonly StreamRecord[]): Record<string, ReadSpan[]> {
  const pages = new Map<string, { upTo: string; atMs: number }[]>()
  for (const { partitionId: shardId, offset, readAtMs } of records) {
    const ofShard = pages.get(shardId) ?? []
    pages.set(shardId, ofShard)
    const last = ofShard.at(-1)
    if (last?.atMs === readAtMs) last.upTo = offset
    else ofShard.push({ upTo: offset, atMs: readAtMs })
  }
  const most = Math.max(1, Math.floor(MOST_READ_SPANS / Math.max(1, pages.size)))
  return Object.fromEntries([...pages].map(([shardId, ofShard]) => [shardId, joined(ofShard, most)]))
}

/** Neighbouring pages as one span each, so many that no more than `most` are left. */
function joined(pages: readonly { upTo: string; atMs: number }[], most: number): ReadSpan[] {
  const size = Math.ceil(pages.length / most)
  const spans: ReadSpan[] = []
  for (let first = 0; first < pages.length; first += size) {
    const group = pages.slice(first, first + size)
    const [begin, end] = [group[0], group.at(-1)]
    if (begin && end)
      spans.push({ upTo: end.upTo, from: new Date(begin.atMs).toISOString(), at: new Date(end.atMs).toISOString() })
  }
  return spans
}
