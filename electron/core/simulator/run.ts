import type { RateProfile, SimulatorOptions, SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { Clock } from '../clock/clock.ts'
import { toAppError } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { PutOutcome, StreamSource } from '../sources/source.ts'
import type { EventSource, SimulatedEvent } from './event-source.ts'
import { findUnconfirmed } from './find-unconfirmed.ts'
import type { Journal, JournalLine, SendId } from './journal.ts'
import { meter } from './meter.ts'
import { createAdaption, rateAt } from './rate.ts'
import type { Reservoir } from './reservoir.ts'
import { countMade, createSendingQueue, MAX_RECORDS, type Waiting, waiting } from './sending-queue.ts'

const MAX_UNDER_WAY = 8
const TICK_MS = 10
const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 3_000
const MAX_ATTEMPTS = 200
/**
 * A request that broke off may still be worked on by the server: nothing is called missing before this time has passed.
 */
const GRACE_MS = 1_500
/** For how long the stream may be out of reach before the run fails. */
const OUTAGE_MS = 300_000
const READY_AHEAD = 4_000
/** How long a pause may be made up for at once. */
const BURST_SECONDS = 0.1

export interface SimulatorRun {
  state: SimulatorStatus['state']
  reason: string | undefined
  options: SimulatorOptions
  eventTimeMs: number | undefined
  targetPerSecond(): number | null
  rates(): Omit<SimulatorStatus['rates'], 'targetPerSecond'>
  pause(): void
  resume(): void
  setProfile(profile: RateProfile): void
  /** No new orders; ends when all that was sent is answered or looked up. */
  stop(): void
  /** Ends at once; what is under way stays unconfirmed. */
  abort(): void
  ended: Promise<void>
}

export interface RunDeps {
  context: PipelineContext
  /** Where the events go. */
  stream: StreamSource
  clock: Clock
  random: () => number
  journal: Journal
  source: EventSource
  /** Events of other mixes, of which refused or unconfirmed sends may be left. */
  eventsOfMix: (mix: string) => EventSource
  mix: string
  options: SimulatorOptions
  reservoir: Reservoir
  care: StateCare
}

const orderOf = (id: SendId): number => Math.floor(id / 2)

/** The event of a send: the order itself, or the earlier one that is sent again behind it. */
export function eventOf(source: EventSource, id: SendId): SimulatedEvent {
  const order = orderOf(id)
  return source.order(id % 2 === 0 ? order : (source.duplicateAfter(order) ?? order))
}

/** Sends orders until there are enough of them or it is stopped. */
export function startRun(deps: RunDeps): SimulatorRun {
  const { context, stream, clock, journal, source, mix, options } = deps
  const adaption = createAdaption(clock.monotonic())
  const abort = new AbortController()
  const queue = createSendingQueue()
  const underWay = new Set<Promise<void>>()
  const meters = { sent: meter(clock), accepted: meter(clock), throttled: meter(clock), retried: meter(clock) }
  let made = 0
  let cursor = journal.state.next.get(mix) ?? 0
  let startedMs = clock.monotonic()
  let profile = options.profile
  let allowance = 0
  /** Records that may be handed over now, first sends and retries alike. */
  let sendable = 0
  let stopping = false
  /** When the oldest request of this run without an answer was sent, by the monotonic clock. */
  let unansweredSinceMs: number | undefined

  const run: SimulatorRun = {
    state: 'running',
    reason: undefined,
    options,
    eventTimeMs: undefined,
    targetPerSecond: () =>
      finite(
        Math.min(
          rateAt(profile, (clock.monotonic() - startedMs) / 1000, context.spec.simulator.hours),
          adaption.perSecond(clock.monotonic()),
        ),
      ),
    rates: () => ({
      sentPerSecond: meters.sent.perSecond(),
      acceptedPerSecond: meters.accepted.perSecond(),
      throttledPerSecond: meters.throttled.perSecond(),
      retriedPerSecond: meters.retried.perSecond(),
    }),
    pause() {
      if (run.state === 'running') run.state = 'paused'
    },
    resume() {
      if (run.state === 'paused') run.state = 'running'
    },
    setProfile(next) {
      profile = next
      startedMs = clock.monotonic()
      run.options = { ...run.options, profile: next }
    },
    stop() {
      stopping = true
      if (run.state !== 'failed' && run.state !== 'stopped') run.state = 'stopping'
    },
    abort: () => abort.abort(),
    ended: Promise.resolve(),
  }
  run.ended = main().then(
    () => {
      run.state = 'stopped'
      rotate(true)
    },
    error => {
      run.state = abort.signal.aborted ? 'stopped' : 'failed'
      run.reason = toAppError(error).message
      rotate(true)
    },
  )
  return run

  async function main(): Promise<void> {
    for (const { mix: of, id } of journal.state.refused.values())
      queue.addLast(waiting(id, eventOf(deps.eventsOfMix(of), id), 1, clock.monotonic()))
    await resolve()
    let tickedMs = clock.monotonic()
    while (!abort.signal.aborted) {
      const nowMs = clock.monotonic()
      const seconds = (nowMs - tickedMs) / 1000
      makeOrders(nowMs, seconds)
      const taken = adaption.perSecond(nowMs)
      sendable = Math.min(Math.max(MAX_RECORDS, taken * BURST_SECONDS), sendable + taken * seconds)
      tickedMs = nowMs
      if (run.state !== 'paused') sendReady(nowMs)
      if (journal.state.unconfirmed.size > 0 && underWay.size === 0) await resolve()
      if (noMoreOrders() && queue.length === 0 && underWay.size === 0 && journal.state.unconfirmed.size === 0) return
      rotate()
      await (underWay.size >= MAX_UNDER_WAY
        ? Promise.race(underWay)
        : clock.sleep(queue.length >= MAX_RECORDS ? 1 : TICK_MS, abort.signal))
    }
    throw abort.signal.reason
  }

  /** A new segment can wait for a disk that takes no writes: the present one says all but the samples. */
  function rotate(always = false): void {
    try {
      journal.rotate(deps.reservoir.samples(), deps.reservoir.offered(), always)
    } catch (error) {
      if (deps.care.trouble(error) === undefined) throw error
    }
  }

  /**
   * Writes a line, which is made when it is written. What the disk does not take waits here until it does; nothing is
   * sent before.
   */
  async function write(lineNow: () => JournalLine): Promise<void> {
    await whenRoom(deps.care, () => journal.write(lineNow()), {
      signal: abort.signal,
      onWait(sentence) {
        run.reason = sentence
      },
    })
  }

  function noMoreOrders(): boolean {
    return stopping || (options.orders !== undefined && made >= options.orders)
  }

  /** Lets in as many orders as the rate allows; each comes with its duplicate, if it has one. */
  function makeOrders(nowMs: number, seconds: number): void {
    if (noMoreOrders() || run.state === 'paused') {
      allowance = 0
      return
    }
    const perSecond = rateAt(profile, (nowMs - startedMs) / 1000, context.spec.simulator.hours)
    allowance =
      perSecond === Number.POSITIVE_INFINITY ? READY_AHEAD : Math.min(perSecond, allowance + perSecond * seconds)
    while (allowance >= 1 && queue.length < READY_AHEAD && !noMoreOrders()) {
      const event = source.order(cursor)
      queue.addLast(waiting(cursor * 2, event, 0, nowMs))
      if (source.duplicateAfter(cursor) !== undefined) {
        queue.addLast(waiting(cursor * 2 + 1, eventOf(source, cursor * 2 + 1), 0, nowMs))
        allowance--
      }
      run.eventTimeMs = event.eventTimeMs
      cursor++
      made++
      allowance--
    }
  }

  function sendReady(nowMs: number): void {
    while (underWay.size < MAX_UNDER_WAY) {
      if (unconfirmedNow() || sendable < 1) return
      const lot = queue.take(nowMs, sendable, noMoreOrders())
      if (lot.length === 0) return
      sendable -= lot.length
      const request = send(lot)
        .catch(error => {
          if (!abort.signal.aborted) abort.abort(error)
        })
        .finally(() => underWay.delete(request))
      underWay.add(request)
    }
  }

  /** While an answer is missing nothing new goes out: the stream is out of reach, or about to be looked up. */
  function unconfirmedNow(): boolean {
    return journal.state.unconfirmed.size > 0
  }

  async function send(lot: Waiting[]): Promise<void> {
    const sorted = [...lot.filter(entry => entry.attempts === 0), ...lot.filter(entry => entry.attempts > 0)]
    let request = 0
    let atMs = 0
    let sentMs = 0
    await write(() => {
      request = journal.state.lastRequest + 1
      atMs = clock.now()
      sentMs = clock.monotonic()
      return {
        t: 'intent',
        request,
        mix,
        atMs,
        first: sorted.filter(entry => entry.attempts === 0).map(entry => entry.id),
        again: sorted.filter(entry => entry.attempts > 0).map(entry => entry.id),
        made: countMade(sorted.filter(entry => entry.attempts === 0)),
      }
    })
    meters.sent.add(sorted.length)
    meters.retried.add(sorted.filter(entry => entry.attempts > 0).length)
    try {
      const answers = await stream.put(
        sorted.map(({ event }) => ({ key: event.partitionKey, data: event.data })),
        abort.signal,
      )
      run.reason = undefined
      await settle(request, sorted, answers, atMs)
    } catch (error) {
      await onFailure(request, sorted, error, sentMs)
    } finally {
      queue.answered(sorted)
    }
  }

  async function settle(
    request: number,
    lot: readonly Waiting[],
    answers: readonly PutOutcome[],
    atMs: number,
  ): Promise<void> {
    const nowMs = clock.monotonic()
    let accepted = 0
    let bytes = 0
    const again: Waiting[] = []
    const entries = lot.map((entry, index) => {
      const answer = answers[index]
      if (answer && 'offset' in answer) {
        accepted++
        bytes += entry.event.data.length + Buffer.byteLength(entry.event.partitionKey)
        const { offset: sequenceNumber, partition: shardId } = answer
        if (entry.attempts === 0)
          deps.reservoir.offer(() => ({ key: entry.event.partitionKey, shardId, sequenceNumber, sentAtMs: atMs }))
        return `${shardId}/${sequenceNumber}`
      }
      // A stream that failed by itself, as on a full disk, goes on when it can: that is no reason to give a record up.
      if (entry.attempts + 1 >= MAX_ATTEMPTS && !answer?.isInternal) return 'x'
      if (answer?.isInternal) run.reason = answer.refused
      again.push(later(entry, nowMs))
      return '-'
    })
    await write(() => ({ t: 'answer', request, entries, bytes }))
    queue.addFirst(...again)
    adaption.onAnswer(accepted, again.length, nowMs)
    meters.accepted.add(accepted)
    meters.throttled.add(again.length)
  }

  /** Exponential backoff with full jitter. */
  function later(entry: Waiting, nowMs: number): Waiting {
    const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(10, entry.attempts))
    return { ...entry, attempts: entry.attempts + 1, notBeforeMs: nowMs + deps.random() * longest }
  }

  /**
   * A refusal of the whole request is one of each entry; anything without a plain refusal leaves its records
   * unconfirmed.
   */
  async function onFailure(request: number, lot: readonly Waiting[], error: unknown, sentMs: number): Promise<void> {
    const appError = toAppError(error)
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
    if (status === undefined || status >= 500) {
      run.reason = `the stream does not answer (${appError.message}); looking it up`
      unansweredSinceMs = Math.min(unansweredSinceMs ?? sentMs, sentMs)
      await write(() => ({ t: 'unanswered', request, atMs: clock.now() }))
      return
    }
    await settle(request, lot, [], clock.now())
    if (appError.code !== 'throttled') {
      run.reason = appError.message
      abort.abort(error)
    }
  }

  /** Looks up in the stream what became of the records without an answer; those that are not there are sent again. */
  async function resolve(): Promise<void> {
    const { state } = journal
    if (state.unconfirmed.size === 0) return
    const before = run.state
    run.state = 'resolving'
    await clock.sleep(GRACE_MS, abort.signal)
    const sought = [...state.unconfirmed.values()].map(({ mix: of, id }) => ({
      id,
      ...eventOf(deps.eventsOfMix(of), id),
    }))
    const { found, missing } = await reached(() =>
      findUnconfirmed(stream, clock, sought, state.accepted, unconfirmedSinceMs(), abort.signal),
    )
    const there = new Set(found)
    const bytes = sought.reduce(
      (sum, entry) => sum + (there.has(entry.id) ? entry.data.length + Buffer.byteLength(entry.partitionKey) : 0),
      0,
    )
    const lost = [...state.unconfirmed.values()].filter(entry => !there.has(entry.id))
    await write(() => ({ t: 'resolved', found, missing, bytes }))
    for (const { mix: of, id } of lost)
      queue.addFirst(waiting(id, eventOf(deps.eventsOfMix(of), id), 1, clock.monotonic()))
    unansweredSinceMs = undefined
    run.reason = undefined
    if (run.state === 'resolving') run.state = stopping ? 'stopping' : before
  }

  /**
   * From when on what is unconfirmed may have arrived, by the clock as it is now. If it was set back since, what
   * arrived after that is before the time that the journal has; a time that is still to come is refused by Kinesis.
   */
  function unconfirmedSinceMs(): number {
    const nowMs = clock.now()
    const sent = unansweredSinceMs === undefined ? nowMs : nowMs - (clock.monotonic() - unansweredSinceMs)
    return Math.min(sent, journal.state.unconfirmedSinceMs ?? nowMs)
  }

  /** Tries again while the stream is out of reach. */
  async function reached<T>(call: () => Promise<T>): Promise<T> {
    const givesUpMs = clock.monotonic() + OUTAGE_MS
    for (;;) {
      try {
        return await call()
      } catch (error) {
        const { code, message } = toAppError(error)
        if (code !== 'unavailable' || clock.monotonic() > givesUpMs) throw error
        run.reason = message
        await clock.sleep(300, abort.signal)
      }
    }
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
