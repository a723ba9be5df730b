import { toAppError } from '../errors/expected-error.ts'
import type { PutOutcome } from '../sources/source.ts'
import { noMoreEvents, type RunState, writeJournal } from './run-state.ts'
import { countMade, type Waiting } from './sending-queue.ts'

/** Requests at the same time. */
export const MAX_UNDER_WAY = 8
const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 3_000
const MAX_ATTEMPTS = 200

/** Sends what is due and allowed, until as many requests are under way as may be. */
export function sendReady(run: RunState, nowMs: number): void {
  while (run.underWay.size < MAX_UNDER_WAY) {
    if (unconfirmedNow(run) || run.sendable < 1) return
    const lot = run.queue.take(nowMs, run.sendable, noMoreEvents(run))
    if (lot.length === 0) return
    run.sendable -= lot.length
    const request = send(run, lot)
      .catch(error => {
        if (!run.abort.signal.aborted) run.abort.abort(error)
      })
      .finally(() => run.underWay.delete(request))
    run.underWay.add(request)
  }
}

/** While an answer is missing nothing new goes out: the stream is out of reach, or about to be looked up. */
function unconfirmedNow(run: RunState): boolean {
  return run.journal.state.unconfirmed.size > 0
}

async function send(run: RunState, lot: Waiting[]): Promise<void> {
  const sorted = [...lot.filter(entry => entry.attempts === 0), ...lot.filter(entry => entry.attempts > 0)]
  let request = 0
  let atMs = 0
  let sentMs = 0
  await writeJournal(run, () => {
    request = run.journal.state.lastRequest + 1
    atMs = run.clock.now()
    sentMs = run.clock.monotonic()
    return {
      t: 'intent',
      request,
      mix: run.mix,
      atMs,
      first: sorted.filter(entry => entry.attempts === 0).map(entry => entry.id),
      again: sorted.filter(entry => entry.attempts > 0).map(entry => entry.id),
      made: countMade(sorted.filter(entry => entry.attempts === 0)),
    }
  })
  run.meters.sent.add(sorted.length)
  run.meters.retried.add(sorted.filter(entry => entry.attempts > 0).length)
  try {
    const answers = await run.stream.put(
      sorted.map(({ event }) => ({ key: event.partitionKey, data: event.data })),
      run.abort.signal,
    )
    run.status.reason = undefined
    await settle(run, request, sorted, answers, atMs)
  } catch (error) {
    await onFailure(run, request, sorted, error, sentMs)
  } finally {
    run.queue.answered(sorted)
  }
}

async function settle(
  run: RunState,
  request: number,
  lot: readonly Waiting[],
  answers: readonly PutOutcome[],
  atMs: number,
): Promise<void> {
  const nowMs = run.clock.monotonic()
  let accepted = 0
  let bytes = 0
  const again: Waiting[] = []
  const entries = lot.map((entry, index) => {
    const answer = answers[index]
    if (answer && 'offset' in answer) {
      accepted++
      bytes += entry.event.data.length + Buffer.byteLength(entry.event.partitionKey)
      const { offset, partition: partitionId } = answer
      if (entry.attempts === 0)
        run.reservoir.offer(() => ({ key: entry.event.partitionKey, partitionId, offset, sentAtMs: atMs }))
      return `${partitionId}/${offset}`
    }
    // A stream that failed by itself, as on a full disk, goes on when it can: that is no reason to give a record up.
    if (entry.attempts + 1 >= MAX_ATTEMPTS && !answer?.isInternal) return 'x'
    if (answer?.isInternal) run.status.reason = answer.refused
    again.push(later(run, entry, nowMs))
    return '-'
  })
  await writeJournal(run, () => ({ t: 'answer', request, entries, bytes }))
  run.queue.addFirst(...again)
  run.adaption.onAnswer(accepted, again.length, nowMs)
  run.meters.accepted.add(accepted)
  run.meters.throttled.add(again.length)
}

/** Exponential backoff with full jitter. */
function later(run: RunState, entry: Waiting, nowMs: number): Waiting {
  const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(10, entry.attempts))
  return { ...entry, attempts: entry.attempts + 1, notBeforeMs: nowMs + run.random() * longest }
}

/**
 * A refusal of the whole request is one of each entry; anything without a plain refusal leaves its records
 * unconfirmed.
 */
async function onFailure(
  run: RunState,
  request: number,
  lot: readonly Waiting[],
  error: unknown,
  sentMs: number,
): Promise<void> {
  const appError = toAppError(error)
  const httpStatus = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  if (httpStatus === undefined || httpStatus >= 500) {
    run.status.reason = `the stream does not answer (${appError.message}); looking it up`
    run.unansweredSinceMs = Math.min(run.unansweredSinceMs ?? sentMs, sentMs)
    await writeJournal(run, () => ({ t: 'unanswered', request, atMs: run.clock.now() }))
    return
  }
  await settle(run, request, lot, [], run.clock.now())
  // By the time of this answer the next request is signed: the machine's clock was set.
  if (appError.code !== 'throttled' && appError.reason !== 'clock_skew') {
    run.status.reason = appError.message
    run.abort.abort(error)
  }
}
