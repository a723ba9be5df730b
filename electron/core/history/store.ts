import type { HistoryEvent, NewEvent } from '../../../shared/features/history.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { type StateCare, strictCare } from '../../../shared/state/damage.ts'
import { ageingTime } from '../../../shared/time/times.ts'
import { createHistoryFile, type OpenHistory } from './file.ts'
import { createPending, type Sample } from './pending.ts'
import { type EventsRequest, type Range, type RangeRequest, readEvents, readRange } from './read.ts'
import { prune, writeBatch } from './write.ts'

export interface HistoryStore {
  /** What is done about a damaged file and a disk that takes no writes; until this is said, both are only logged. */
  useCare(care: StateCare): void
  /**
   * Keeps a sample; of two in the same second the later one stays. Written within `WRITE_SAMPLES_MS` of a change, and
   * before anything is read.
   */
  sample(scope: string, atMs: number, values: Sample): void
  /** Keeps an event. Written within `WRITE_EVENTS_MS`. */
  event(scope: string, atMs: number, event: NewEvent): HistoryEvent
  range(scope: string, request: RangeRequest): Promise<Range>
  /** Newest first; those that a full disk did not take yet among them. */
  events(scope: string, request: EventsRequest): Promise<HistoryEvent[]>
  /** Writes what is not written yet, and closes the file. */
  close(): Promise<void>
}

/** What happened is worth a write of its own; a process that dies takes no more than this with it. */
const WRITE_EVENTS_MS = 2_000
/**
 * Each write waits for the disk, which when idle was a third of what core did: samples wait for each other, and longer
 * while all say the same.
 */
const WRITE_SAMPLES_MS = 30_000
const WRITE_SAME_MS = 300_000
/** Values in memory that are not written later than this many. */
const MOST_PENDING = 5_000
/** The file is closed when nobody used it for so long: what DuckDB keeps of it in memory goes with it. */
const CLOSE_AFTER_MS = 20_000
const PRUNE_EVERY_MS = 3_600_000

interface StoreOptions {
  file: string
  now: () => number
  /** Measures intervals; `now` when it is left out. */
  monotonic?: () => number
  log: (line: string) => void
  closeAfterMs?: number
}

/**
 * The history in one DuckDB file, bounded by age and number. The file is open while it is needed, not from the start of
 * the program on; what comes is kept in memory until then. Another process that has the file makes every read fail with
 * `unavailable`.
 */
export function createHistoryStore(options: StoreOptions): HistoryStore {
  const { now, monotonic = now, log, closeAfterMs = CLOSE_AFTER_MS } = options
  let care = strictCare(now, log)
  const file = createHistoryFile({ path: options.file, closeAfterMs, care: () => care })
  const pending = createPending(now)
  const writer = createWriter({ now, monotonic, log, care: () => care, file, pending })

  /** Reads, with all that was recorded before written. */
  const reading = async <T>(read: (open: OpenHistory) => Promise<T>): Promise<T> => {
    await writer.flush()
    return file.using(read)
  }

  return {
    useCare(next) {
      care = next
    },
    sample(scope, atMs, values) {
      const { isSame } = pending.addSample(scope, atMs, values)
      writer.writeWithin(pending.samples() > MOST_PENDING ? 0 : isSame ? WRITE_SAME_MS : WRITE_SAMPLES_MS)
    },
    event(scope, atMs, event) {
      const known = pending.addEvent(scope, atMs, event)
      writer.writeWithin(WRITE_EVENTS_MS)
      return known
    },
    range: (scope, request) => reading(open => readRange(open, scope, request)),
    async events(scope, request) {
      const stored = await reading(open => readEvents(open, scope, request)).catch(error => {
        // On a disk that takes no writes the file may not even open: what this process saw is all the more needed.
        if (diskTrouble(care, error) === undefined) throw error
        return []
      })
      const isStored = new Set(stored.map(event => event.id))
      const waiting = pending
        .eventsOf(scope)
        .filter(event => !isStored.has(event.id) && isWithin(Date.parse(event.at), request.fromMs, request.toMs))
      return [...waiting, ...stored].slice(0, request.limit)
    },
    async close() {
      file.leave()
      await writer.end()
      file.close()
    },
  }
}

interface WriterParts {
  now: () => number
  monotonic: () => number
  log: (line: string) => void
  care: () => StateCare
  file: ReturnType<typeof createHistoryFile>
  pending: ReturnType<typeof createPending>
}

/** Says when what is pending is written. */
function createWriter({ now, monotonic, log, care, file, pending }: WriterParts) {
  const ageing = ageingTime({ now, monotonic })
  let prunedMs = Number.NEGATIVE_INFINITY
  let timer: { dueMs: number; timeout: ReturnType<typeof setTimeout> } | undefined
  let writing: Promise<void> = Promise.resolve()
  let ended = false
  let hasLoggedFailure = false

  const logFailure = (error: unknown) =>
    log(`the history is not written: ${error instanceof Error ? error.message : String(error)}`)

  /** What the disk does not take waits with all that came since. */
  async function writePending(open: OpenHistory): Promise<void> {
    const batch = pending.take()
    try {
      await writeBatch(open, batch)
    } catch (error) {
      pending.putBack(batch)
      throw error
    }
    if (monotonic() - prunedMs > PRUNE_EVERY_MS) {
      prunedMs = monotonic()
      await prune(open, ageing())
    }
  }

  async function write(): Promise<void> {
    if (!pending.isEmpty()) await file.using(writePending)
  }

  /**
   * One write after the other; a failure is logged once. What the disk does not take waits for it; what cannot be
   * written for another reason goes.
   */
  function flush(): Promise<void> {
    writing = writing.then(write).catch(error => {
      if (diskTrouble(care(), error) !== undefined) {
        if (!ended)
          care()
            .room()
            .then(() => writeWithin(0), logFailure)
        return
      }
      pending.clear()
      if (!hasLoggedFailure) logFailure(error)
      hasLoggedFailure = true
    })
    return writing
  }

  function writeWithin(ms: number): void {
    if (ended) return
    const dueMs = monotonic() + ms
    if (timer && timer.dueMs <= dueMs) return
    clearTimeout(timer?.timeout)
    const timeout = setTimeout(() => {
      timer = undefined
      flush().catch(logFailure)
    }, ms)
    timeout.unref()
    timer = { dueMs, timeout }
  }

  return {
    flush,
    writeWithin,
    async end() {
      ended = true
      clearTimeout(timer?.timeout)
      await flush()
    },
  }
}

/** The sentence about the disk, when an error is its trouble. */
const diskTrouble = (care: StateCare, error: unknown): string | undefined =>
  care.trouble(error instanceof ExpectedError ? error.cause : error)

const isWithin = (value: number, from: number, to: number): boolean => value >= from && value <= to
