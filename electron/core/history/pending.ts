import type { HistoryEvent, NewEvent } from '../../../shared/features/history.ts'

/** Values of one moment by the names of their series. */
export type Sample = Readonly<Record<string, number>>

export type PendingSample = [scope: string, name: string, atMs: number, value: number]
export type PendingEvent = [scope: string, event: HistoryEvent]

/** What one write takes. */
export interface Batch {
  /** By series and second. */
  samples: ReadonlyMap<string, PendingSample>
  events: readonly PendingEvent[]
}

/** Samples and events that are not written yet. */
export interface Pending {
  /**
   * Keeps a sample; of two in the same second the later one stays. Returns whether all values are those of the sample
   * before.
   */
  addSample(scope: string, atMs: number, values: Sample): { isSame: boolean }
  addEvent(scope: string, atMs: number, event: NewEvent): HistoryEvent
  samples(): number
  isEmpty(): boolean
  /** Newest first. */
  eventsOf(scope: string): HistoryEvent[]
  /** Takes all that waits. */
  take(): Batch
  /** Puts back what was not written, before what came since; of both the newest that fit stay. */
  putBack(batch: Batch): void
  clear(): void
}

/** While the disk takes no writes, the newest so many wait for it. */
const MOST_WAITING = 50_000

export function createPending(now: () => number): Pending {
  /** By series and second, so that two who watch the same count once. */
  let samples = new Map<string, PendingSample>()
  let events: PendingEvent[] = []
  /** The newest value of each series, by scope and name. */
  const newest = new Map<string, number>()
  let lastEventId = now()
  return {
    addSample(scope, atMs, values) {
      const second = Math.floor(atMs / 1_000) * 1_000
      let isSame = true
      for (const [name, value] of Object.entries(values)) {
        if (!Number.isFinite(value)) continue
        const series = `${scope}\n${name}`
        isSame &&= newest.get(series) === value
        newest.set(series, value)
        samples.set(`${series}\n${second}`, [scope, name, second, value])
      }
      return { isSame }
    },
    addEvent(scope, atMs, event) {
      lastEventId = Math.max(lastEventId + 1, atMs)
      const known: HistoryEvent = { id: lastEventId, at: new Date(atMs).toISOString(), ...event }
      events.push([scope, known])
      return known
    },
    samples: () => samples.size,
    isEmpty: () => samples.size === 0 && events.length === 0,
    eventsOf: scope =>
      events
        .filter(([of]) => of === scope)
        .map(([, event]) => event)
        .reverse(),
    take() {
      const taken = { samples, events }
      samples = new Map()
      events = []
      return taken
    },
    putBack(batch) {
      samples = new Map([...batch.samples, ...samples].slice(-MOST_WAITING))
      events = [...batch.events, ...events].slice(-MOST_WAITING)
    },
    clear() {
      samples.clear()
      events = []
    },
  }
}
