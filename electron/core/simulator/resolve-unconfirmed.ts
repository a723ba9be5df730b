import { toAppError } from '../errors/expected-error.ts'
import { eventOf } from './event-of-send.ts'
import { findUnconfirmed } from './find-unconfirmed.ts'
import { type RunState, writeJournal } from './run-state.ts'
import { waiting } from './sending-queue.ts'

/**
 * A request that broke off may still be worked on by the server: nothing is called missing before this time has passed.
 */
const GRACE_MS = 1_500
/** For how long the stream may be out of reach before the run fails. */
const OUTAGE_MS = 300_000

/** Looks up in the stream what became of the records without an answer; those that are not there are sent again. */
export async function resolveUnconfirmed(run: RunState): Promise<void> {
  const { state } = run.journal
  if (state.unconfirmed.size === 0) return
  const before = run.status.state
  run.status.state = 'resolving'
  await run.clock.sleep(GRACE_MS, run.abort.signal)
  const sought = [...state.unconfirmed.values()].map(({ mix: of, id }) => ({ id, ...eventOf(run.eventsOfMix(of), id) }))
  const isAccepted = (place: string) => state.accepted.has(place) || state.acceptedBefore.has(place)
  const { found, missing } = await reached(run, () =>
    findUnconfirmed(run.stream, run.clock, sought, isAccepted, unconfirmedSinceMs(run), run.abort.signal),
  )
  const there = new Set(found)
  const bytes = sought.reduce(
    (sum, entry) => sum + (there.has(entry.id) ? entry.data.length + Buffer.byteLength(entry.partitionKey) : 0),
    0,
  )
  const lost = [...state.unconfirmed.values()].filter(entry => !there.has(entry.id))
  await writeJournal(run, () => ({ t: 'resolved', found, missing, bytes }))
  for (const { mix: of, id } of lost)
    run.queue.addFirst(waiting(id, eventOf(run.eventsOfMix(of), id), 1, run.clock.monotonic()))
  run.unansweredSinceMs = undefined
  run.status.reason = undefined
  if (run.status.state === 'resolving') run.status.state = run.stopping ? 'stopping' : before
}

/**
 * From when on what is unconfirmed may have arrived, by the clock as it is now. If it was set back since, what
 * arrived after that is before the time that the journal has; a time that is still to come is refused by Kinesis.
 */
function unconfirmedSinceMs(run: RunState): number {
  const nowMs = run.clock.now()
  const sent = run.unansweredSinceMs === undefined ? nowMs : nowMs - (run.clock.monotonic() - run.unansweredSinceMs)
  return Math.min(sent, run.journal.state.unconfirmedSinceMs ?? nowMs)
}

/** Tries again while the stream is out of reach. */
async function reached<T>(run: RunState, call: () => Promise<T>): Promise<T> {
  const givesUpMs = run.clock.monotonic() + OUTAGE_MS
  const poll = run.context.polls.start('stream')
  for (;;) {
    try {
      return await call()
    } catch (error) {
      const { code, message } = toAppError(error)
      if (code !== 'unavailable' || run.clock.monotonic() > givesUpMs) throw error
      run.status.reason = message
      await poll.wait(run.abort.signal)
    }
  }
}
