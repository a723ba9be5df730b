import type { RateProfile, SimulatorStatus } from '../../../shared/features/simulator.ts'
import { toAppError } from '../errors/expected-error.ts'
import { type Patience, withPatience } from '../work/patience.ts'
import { eventOf } from './event-of-send.ts'
import { makeEvents } from './make-events.ts'
import { rateAt } from './rate.ts'
import { resolveUnconfirmed } from './resolve-unconfirmed.ts'
import {
  createRunState,
  noMoreEvents,
  type RunDeps,
  type RunState,
  type RunStatus,
  rotateJournal,
} from './run-state.ts'
import { MAX_UNDER_WAY, sendReady } from './send-events.ts'
import { MAX_RECORDS, waiting } from './sending-queue.ts'

const TICK_MS = 10
/** How long a pause may be made up for at once. */
const BURST_SECONDS = 0.1

export interface SimulatorRun extends RunStatus {
  targetPerSecond(): number | null
  rates(): Omit<SimulatorStatus['rates'], 'targetPerSecond'>
  pause(): void
  resume(): void
  setProfile(profile: RateProfile): void
  /** No new events; ends when all that was sent is answered or looked up. */
  stop(): void
  /** Ends at once; what is under way stays unconfirmed. */
  abort(): void
  ended: Promise<void>
}

/** Sends events until there are enough of them or it is stopped. */
export function startRun(deps: RunDeps): SimulatorRun {
  const run = createRunState(deps)
  const { status, clock, meters } = run
  const end = (state: RunStatus['state'], reason?: string) => {
    status.state = state
    status.reason = reason ?? status.reason
    rotateJournal(run, true)
  }
  return Object.assign(status, {
    targetPerSecond: () => finite(Math.min(wantedPerSecond(run), run.adaption.perSecond(clock.monotonic()))),
    rates: () => ({
      sentPerSecond: meters.sent.perSecond(),
      acceptedPerSecond: meters.accepted.perSecond(),
      throttledPerSecond: meters.throttled.perSecond(),
      retriedPerSecond: meters.retried.perSecond(),
    }),
    pause() {
      if (status.state === 'running') status.state = 'paused'
    },
    resume() {
      if (status.state === 'paused') status.state = 'running'
    },
    setProfile(next: RateProfile) {
      run.profile = next
      run.startedMs = clock.monotonic()
      status.options = { ...status.options, profile: next }
    },
    stop() {
      run.stopping = true
      if (status.state !== 'failed' && status.state !== 'stopped') status.state = 'stopping'
    },
    abort: () => run.abort.abort(),
    ended: withPatience(patienceOf(run), () => main(run)).then(
      () => end('stopped'),
      error => {
        // Whatever waited ends with the abort: why it was aborted is what somebody wants to know.
        const { code, message } = toAppError(run.abort.signal.aborted ? run.abort.signal.reason : error)
        end(code === 'cancelled' ? 'stopped' : 'failed', message)
      },
    ),
  })
}

/** Nothing is sent while nobody is logged in, and what was about to be is sent after that. */
const patienceOf = (run: RunState): Patience => ({
  signal: run.abort.signal,
  pause({ message, hint }) {
    run.status.reason = `paused until somebody logs in: ${[message, hint].filter(Boolean).join(' ')}`
    return () => {
      run.status.reason = undefined
    }
  },
})

/** What the profile asks for now. */
const wantedPerSecond = ({ profile, clock, startedMs, context }: RunState): number =>
  rateAt(profile, (clock.monotonic() - startedMs) / 1000, context.spec.simulator.hours)

async function main(run: RunState): Promise<void> {
  for (const { mix: of, id } of run.journal.state.refused.values())
    run.queue.addLast(waiting(id, eventOf(run.eventsOfMix(of), id), 1, run.clock.monotonic()))
  await resolveUnconfirmed(run)
  let tickedMs = run.clock.monotonic()
  while (!run.abort.signal.aborted) {
    const nowMs = run.clock.monotonic()
    const seconds = (nowMs - tickedMs) / 1000
    makeEvents(run, nowMs, seconds)
    const taken = run.adaption.perSecond(nowMs)
    run.sendable = Math.min(Math.max(MAX_RECORDS, taken * BURST_SECONDS), run.sendable + taken * seconds)
    tickedMs = nowMs
    if (run.status.state !== 'paused') sendReady(run, nowMs)
    if (run.journal.state.unconfirmed.size > 0 && run.underWay.size === 0) await resolveUnconfirmed(run)
    if (
      noMoreEvents(run) &&
      run.queue.length === 0 &&
      run.underWay.size === 0 &&
      run.journal.state.unconfirmed.size === 0
    )
      return
    rotateJournal(run)
    await (run.underWay.size >= MAX_UNDER_WAY
      ? Promise.race(run.underWay)
      : run.clock.sleep(run.queue.length >= MAX_RECORDS ? 1 : TICK_MS, run.abort.signal))
  }
  throw run.abort.signal.reason
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
