import type { SimulatedEvent } from './event-source.ts'
import type { SendId } from './journal.ts'

/** PutRecords takes 500 records; a smaller size than its 10 MiB keeps the latency of a request low. */
export const MAX_RECORDS = 500
const MAX_BYTES = 1024 * 1024
/** A request goes out when it is full, or when its oldest record has waited this long. */
const LINGER_MS = 25

export interface Waiting {
  id: SendId
  event: SimulatedEvent
  /** 0 before the first attempt. */
  attempts: number
  notBeforeMs: number
  readySinceMs: number
}

/** Records in the order in which they are to be sent. */
export interface SendingQueue {
  readonly length: number
  addLast(entry: Waiting): void
  /** In front of all others, in their order. */
  addFirst(...entries: Waiting[]): void
  /**
   * The records of the next request, at most `most`; none while it is worth waiting for more, unless there `areNoMore`.
   * They are in order, but never two of one key are under way at once, so that a retry cannot overtake: a key is taken
   * again once it is `answered`.
   */
  take(nowMs: number, most: number, areNoMore: boolean): Waiting[]
  answered(lot: readonly Waiting[]): void
}

export function createSendingQueue(): SendingQueue {
  const queue: Waiting[] = []
  const busyKeys = new Set<string>()

  function isWorthWaiting(nowMs: number): boolean {
    const [oldest] = queue
    return (
      queue.length < MAX_RECORDS &&
      oldest !== undefined &&
      oldest.attempts === 0 &&
      nowMs - oldest.readySinceMs < LINGER_MS
    )
  }

  return {
    get length() {
      return queue.length
    },
    addLast: entry => void queue.push(entry),
    addFirst: (...entries) => void queue.unshift(...entries),
    take(nowMs, most, areNoMore) {
      if (!areNoMore && isWorthWaiting(nowMs)) return []
      const lot: Waiting[] = []
      const kept: Waiting[] = []
      let bytes = 0
      let at = 0
      for (; at < queue.length && lot.length < MAX_RECORDS && lot.length < most; at++) {
        const entry = queue[at] as Waiting
        const size = entry.event.data.length + entry.event.partitionKey.length
        if (bytes + size > MAX_BYTES && lot.length > 0) break
        if (entry.notBeforeMs > nowMs || busyKeys.has(entry.event.partitionKey)) {
          kept.push(entry)
          continue
        }
        busyKeys.add(entry.event.partitionKey)
        lot.push(entry)
        bytes += size
      }
      queue.splice(0, at, ...kept)
      return lot
    },
    answered(lot) {
      for (const entry of lot) busyKeys.delete(entry.event.partitionKey)
    },
  }
}

export const waiting = (id: SendId, event: SimulatedEvent, attempts: number, nowMs: number): Waiting => ({
  id,
  event,
  attempts,
  notBeforeMs: nowMs,
  readySinceMs: nowMs,
})

/** Events, duplicates, invalid and late events among first sends. */
export function countMade(firsts: readonly Waiting[]): [number, number, number, number] {
  const events = firsts.filter(entry => entry.id % 2 === 0)
  const kinds = (kind: SimulatedEvent['kind']) => events.filter(entry => entry.event.kind === kind).length
  return [events.length, firsts.length - events.length, kinds('invalid'), kinds('late')]
}
