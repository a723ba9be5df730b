import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { EventMix, SentSample, SimulatorCounts } from '../../../shared/features/simulator.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { type LineLog, openLineLog } from '../../../shared/state/line-log.ts'

/**
 * A send by a number of its own: twice the event's, and one more when it is that event's duplicate. With the mix it
 * names every byte.
 */
export type SendId = number

const Counts = SimulatorCounts.omit({ pending: true, unconfirmed: true })
export type JournalCounts = z.output<typeof Counts>
/** `events` was called `orders` while there was one pipeline. */
const CountsOfAnyVersion = z.preprocess(
  counts =>
    counts !== null && typeof counts === 'object' && 'orders' in counts ? { events: counts.orders, ...counts } : counts,
  Counts,
)

const Intent = z.object({
  t: z.literal('intent'),
  request: z.int(),
  mix: z.string(),
  atMs: z.number(),
  /** Sends that go out for the first time, and sends that go out again. */
  first: z.array(z.int()),
  again: z.array(z.int()),
  /**
   * Of the sends that go out for the first time: events, duplicates, and how many of the events are invalid and late.
   */
  made: z.tuple([z.int(), z.int(), z.int(), z.int()]),
})
const Answer = z.object({
  t: z.literal('answer'),
  request: z.int(),
  /**
   * What came back for each entry, in the order first, then again: the offset with its partition, `-` refused,
   * `x` given up.
   */
  entries: z.array(z.string()),
  bytes: z.int(),
})
const Unanswered = z.object({ t: z.literal('unanswered'), request: z.int(), atMs: z.number() })
const Resolved = z.object({
  t: z.literal('resolved'),
  found: z.array(z.int()),
  missing: z.array(z.int()),
  bytes: z.int(),
})
const Mix = z.object({ t: z.literal('mix'), key: z.string(), mix: EventMix })
const Snapshot = z.object({
  t: z.literal('snapshot'),
  counts: CountsOfAnyVersion,
  next: z.record(z.string(), z.int()),
  mixes: z.record(z.string(), EventMix),
  refused: z.array(z.tuple([z.string(), z.int()])),
  unconfirmed: z.array(z.tuple([z.string(), z.int()])),
  open: z.array(Intent),
  unconfirmedSinceMs: z.number().nullable(),
  samples: z.array(SentSample),
  offered: z.int(),
  lastRequest: z.int(),
})
const Line = z.discriminatedUnion('t', [Intent, Answer, Unanswered, Resolved, Mix, Snapshot])
export type JournalLine = z.output<typeof Line>

/** What the journal knows: counters, where each mix stands, and each send that is neither accepted nor given up. */
export interface JournalState {
  counts: JournalCounts
  next: Map<string, number>
  mixes: Map<string, z.output<typeof EventMix>>
  /** Refused, to be sent again: `mix` and send. */
  refused: Map<string, { mix: string; id: SendId }>
  /** Sent in a request that ended without an answer. */
  unconfirmed: Map<string, { mix: string; id: SendId }>
  /** Requests under way. */
  open: Map<number, z.output<typeof Intent>>
  /** When the oldest request that is unconfirmed went out. */
  unconfirmedSinceMs: number | null
  /**
   * `partition/offset` of what was accepted, as far back as the journal's segments reach: this one, and the one
   * before.
   */
  accepted: Set<string>
  acceptedBefore: Set<string>
  samples: z.output<typeof SentSample>[]
  offered: number
  lastRequest: number
}

export const emptyState = (): JournalState => ({
  counts: {
    events: 0,
    sent: 0,
    accepted: 0,
    throttled: 0,
    retried: 0,
    foundInStream: 0,
    givenUp: 0,
    made: { duplicates: 0, invalid: 0, late: 0 },
    acceptedBytes: 0,
  },
  next: new Map(),
  mixes: new Map(),
  refused: new Map(),
  unconfirmed: new Map(),
  open: new Map(),
  unconfirmedSinceMs: null,
  accepted: new Set(),
  acceptedBefore: new Set(),
  samples: [],
  offered: 0,
  lastRequest: 0,
})

const keyOf = (mix: string, id: SendId): string => `${mix}/${id}`

/**
 * Applies one line. The same function runs when a line is written and when it is read again, so both end in the same
 * state.
 */
export function apply(state: JournalState, line: JournalLine): void {
  switch (line.t) {
    case 'mix':
      state.mixes.set(line.key, line.mix)
      return
    case 'intent':
      state.open.set(line.request, line)
      state.lastRequest = Math.max(state.lastRequest, line.request)
      state.counts.sent += line.first.length
      state.counts.retried += line.again.length
      state.counts.events += line.made[0]
      state.counts.made.duplicates += line.made[1]
      state.counts.made.invalid += line.made[2]
      state.counts.made.late += line.made[3]
      state.next.set(line.mix, Math.max(state.next.get(line.mix) ?? 0, ...line.first.map(id => Math.floor(id / 2) + 1)))
      for (const id of line.again) state.refused.delete(keyOf(line.mix, id))
      return
    case 'answer': {
      const intent = state.open.get(line.request)
      if (!intent) return
      state.open.delete(line.request)
      const ids = [...intent.first, ...intent.again]
      line.entries.forEach((entry, index) => {
        const id = ids[index] as SendId
        if (entry === '-') {
          state.counts.throttled++
          state.refused.set(keyOf(intent.mix, id), { mix: intent.mix, id })
        } else if (entry === 'x') state.counts.givenUp++
        else {
          state.counts.accepted++
          state.accepted.add(entry)
        }
      })
      state.counts.acceptedBytes += line.bytes
      return
    }
    case 'unanswered': {
      const intent = state.open.get(line.request)
      if (intent) toUnconfirmed(state, intent)
      return
    }
    case 'resolved':
      for (const [key, entry] of state.unconfirmed) {
        if (line.missing.includes(entry.id)) state.refused.set(key, entry)
      }
      state.counts.accepted += line.found.length
      state.counts.foundInStream += line.found.length
      state.counts.acceptedBytes += line.bytes
      state.unconfirmed.clear()
      state.unconfirmedSinceMs = null
      return
    case 'snapshot':
      nextSegment(state)
      Object.assign(state, {
        counts: structuredClone(line.counts),
        next: new Map(Object.entries(line.next)),
        mixes: new Map(Object.entries(line.mixes)),
        refused: new Map(line.refused.map(([mix, id]) => [keyOf(mix, id), { mix, id }])),
        unconfirmed: new Map(line.unconfirmed.map(([mix, id]) => [keyOf(mix, id), { mix, id }])),
        open: new Map(line.open.map(intent => [intent.request, intent])),
        unconfirmedSinceMs: line.unconfirmedSinceMs,
        samples: line.samples,
        offered: line.offered,
        lastRequest: line.lastRequest,
      })
  }
}

/** A segment begins: what the one before the last accepted is forgotten with its file. */
function nextSegment(state: JournalState): void {
  state.acceptedBefore = state.accepted
  state.accepted = new Set()
}

function toUnconfirmed(state: JournalState, intent: z.output<typeof Intent>): void {
  state.open.delete(intent.request)
  for (const id of [...intent.first, ...intent.again])
    state.unconfirmed.set(keyOf(intent.mix, id), { mix: intent.mix, id })
  state.unconfirmedSinceMs = Math.min(state.unconfirmedSinceMs ?? intent.atMs, intent.atMs)
}

export interface Journal {
  readonly state: JournalState
  /** Applies a line and writes it, in this order of effects on disk: a kill leaves it written or not. */
  write(line: JournalLine): void
  /** Begins a new segment when the present one is long; samples are kept with it. */
  rotate(samples: z.output<typeof SentSample>[], offered: number, always?: boolean): void
}

const SEGMENT_BYTES = 16 * 1024 * 1024
const SEGMENT = /^journal\.(\d{10})\.jsonl$/

const LOST =
  'counts of what the simulator sent and what was accepted: the ledger shows records whose lines are lost as ' +
  'sent by others, and events may be sent again'

/**
 * Opens the journal of a simulator. Requests that were under way when the process ended are unconfirmed: nobody knows
 * what became of them. Those whose answers are among lines that are damaged are the same, and are looked up in the
 * stream. Appended without fsync: it must outlive the process, not the machine's power.
 */
export function openJournal(dir: string, care: StateCare): Journal {
  mkdirSync(dir, { recursive: true })
  const state = emptyState()
  const numbers = readdirSync(dir)
    .flatMap(name => SEGMENT.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  const fileOf = (number: number) => join(dir, `journal.${String(number).padStart(10, '0')}.jsonl`)
  const open = (number: number) => openLineLog(fileOf(number), { schema: Line, care, lost: LOST, canGoOn: true })
  let current = numbers.at(-1) ?? 1
  let segment: LineLog<JournalLine> | undefined
  for (const number of numbers) {
    const { log, entries } = open(number)
    for (const line of entries) apply(state, line)
    if (number === current) segment = log
  }
  let log = segment ?? open(current).log
  const write = (line: JournalLine): void => {
    log.append(line)
    apply(state, line)
  }
  // Written, so that a later line that says what became of them finds them unconfirmed when all is read again after the
  // next kill: else they would be under way once more, looked up once more, and counted twice.
  for (const { request, atMs } of [...state.open.values()]) write({ t: 'unanswered', request, atMs })

  return {
    state,
    write,
    rotate(samples, offered, always = false) {
      if (log.sizeBytes() < SEGMENT_BYTES && !always) return
      const snapshot: JournalLine = {
        t: 'snapshot',
        counts: state.counts,
        next: Object.fromEntries(state.next),
        mixes: Object.fromEntries(state.mixes),
        refused: [...state.refused.values()].map(({ mix, id }) => [mix, id]),
        unconfirmed: [...state.unconfirmed.values()].map(({ mix, id }) => [mix, id]),
        open: [...state.open.values()],
        unconfirmedSinceMs: state.unconfirmedSinceMs,
        samples,
        offered,
        lastRequest: state.lastRequest,
      }
      const next = open(current + 1).log
      next.rewrite([snapshot])
      nextSegment(state)
      state.samples = samples
      state.offered = offered
      log = next
      current++
      // The segment before stays: its accepted numbers distinguish records of an unconfirmed request from those that
      // were answered.
      rmSync(fileOf(current - 2), { force: true })
    },
  }
}
