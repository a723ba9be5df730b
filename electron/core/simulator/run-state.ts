import type { RateProfile, SimulatorOptions, SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { StateCare } from '../../../shared/state/damage.ts'
import { whenRoom } from '../../../shared/state/when-room.ts'
import type { Clock } from '../clock/clock.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { EventSource } from './event-source.ts'
import type { Journal, JournalLine } from './journal.ts'
import { type Meter, meter } from './meter.ts'
import { type Adaption, createAdaption } from './rate.ts'
import type { Reservoir } from './reservoir.ts'
import { createSendingQueue, type SendingQueue } from './sending-queue.ts'

/** What a run is made of. */
export interface RunDeps {
  context: PipelineContext
  clock: Clock
  random: () => number
  journal: Journal
  source: EventSource
  /** Events of other mixes, of which refused or unconfirmed sends may be left. */
  sourceOf: (mix: string) => EventSource
  mix: string
  options: SimulatorOptions
  reservoir: Reservoir
  care: StateCare
}

/** What a run shows of itself. */
export interface RunStatus {
  state: SimulatorStatus['state']
  reason: string | undefined
  options: SimulatorOptions
  eventTimeMs: number | undefined
}

/** Where a run is. */
export interface RunState extends RunDeps {
  status: RunStatus
  adaption: Adaption
  abort: AbortController
  queue: SendingQueue
  /** Requests without an answer yet. */
  underWay: Set<Promise<void>>
  meters: Record<'sent' | 'accepted' | 'throttled' | 'retried', Meter>
  profile: RateProfile
  /** When the profile began, by the monotonic clock. */
  startedMs: number
  /** Events of this run. */
  made: number
  /** The next order of the mix. */
  cursor: number
  /** Events that the rate lets in now. */
  allowance: number
  /** Records that may be handed over now, first sends and retries alike. */
  sendable: number
  stopping: boolean
  /** When the oldest request of this run without an answer was sent, by the monotonic clock. */
  unansweredSinceMs: number | undefined
}

export function createRunState(deps: RunDeps): RunState {
  const { clock, journal, mix, options } = deps
  return {
    ...deps,
    status: { state: 'running', reason: undefined, options, eventTimeMs: undefined },
    adaption: createAdaption(clock.monotonic()),
    abort: new AbortController(),
    queue: createSendingQueue(),
    underWay: new Set(),
    meters: { sent: meter(clock), accepted: meter(clock), throttled: meter(clock), retried: meter(clock) },
    profile: options.profile,
    startedMs: clock.monotonic(),
    made: 0,
    cursor: journal.state.next.get(mix) ?? 0,
    allowance: 0,
    sendable: 0,
    stopping: false,
    unansweredSinceMs: undefined,
  }
}

/** No event is made any more. */
export function noMoreEvents(run: RunState): boolean {
  return run.stopping || (run.options.events !== undefined && run.made >= run.options.events)
}

/** A new segment can wait for a disk that takes no writes: the present one says all but the samples. */
export function rotateJournal(run: RunState, always = false): void {
  try {
    run.journal.rotate(run.reservoir.samples(), run.reservoir.offered(), always)
  } catch (error) {
    if (run.care.trouble(error) === undefined) throw error
  }
}

/**
 * Writes a line, which is made when it is written. What the disk does not take waits here until it does; nothing is
 * sent before.
 */
export async function writeJournal(run: RunState, lineNow: () => JournalLine): Promise<void> {
  await whenRoom(run.care, () => run.journal.write(lineNow()), {
    signal: run.abort.signal,
    onWait(sentence) {
      run.status.reason = sentence
    },
  })
}
