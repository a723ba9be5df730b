import { eventOf } from './event-of-send.ts'
import { rateAt } from './rate.ts'
import { noMoreEvents, type RunState } from './run-state.ts'
import { waiting } from './sending-queue.ts'

/** Events that wait to be sent, at most. */
const READY_AHEAD = 4_000

/** Lets in as many events as the rate allows; each comes with its duplicate, if it has one. */
export function makeEvents(run: RunState, nowMs: number, seconds: number): void {
  if (noMoreEvents(run) || run.status.state === 'paused') {
    run.allowance = 0
    return
  }
  const perSecond = rateAt(run.profile, (nowMs - run.startedMs) / 1000, run.context.spec.simulator.hours)
  run.allowance =
    perSecond === Number.POSITIVE_INFINITY ? READY_AHEAD : Math.min(perSecond, run.allowance + perSecond * seconds)
  while (run.allowance >= 1 && run.queue.length < READY_AHEAD && !noMoreEvents(run)) {
    const event = run.source.event(run.cursor)
    run.queue.addLast(waiting(run.cursor * 2, event, 0, nowMs))
    if (run.source.duplicateAfter(run.cursor) !== undefined) {
      run.queue.addLast(waiting(run.cursor * 2 + 1, eventOf(run.source, run.cursor * 2 + 1), 0, nowMs))
      run.allowance--
    }
    run.status.eventTimeMs = event.eventTimeMs
    run.cursor++
    run.made++
    run.allowance--
  }
}
